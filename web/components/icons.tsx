/** The few drawings of the page, as strokes in the colour of the text around them. */
export const paths = {
  menu: "M4 7h16M4 12h16M4 17h10",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6 9c0-3.5 2.7-6 6-6s6 2.5 6 6M16 4.5a3.3 3.3 0 0 1 0 6.2M18 14.6c1.9.9 3 2.9 3 5.4",
  leave: "M10 4H5v16h5M14 8l4 4-4 4M9 12h9",
  share: "M12 15V3.5M7.5 7.5 12 3l4.5 4.5M7 11H5v9.5h14V11h-2",
  more: "M12 5v.01M12 12v.01M12 19v.01",
  send: "M12 20V5M5.5 11.5 12 5l6.5 6.5",
  close: "M6 6l12 12M18 6 6 18",
  down: "M12 4v15M5.5 12.5 12 19l6.5-6.5",
};

export function Icon({ name }: { name: keyof typeof paths }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
