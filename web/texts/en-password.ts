/** What is said in English of the password of a room: to who enters, makes one or looks after it. */
export const password = {
  label: "Password",
  show: "Show the password",
  /** In a room of that name, to whoever has none. */
  needed: "This room has a password. Somebody who is in it can tell you.",
  wrong: "That is not the password. It may have been changed.",
  checking: "Checking. After many wrong ones this takes a while.",
  empty: "Write the password.",
  tooLong: "The password is too long.",
  bad: "The password has characters that cannot be sent.",
  choice: "Only who knows its password",
  choiceWhat: "It is in no list, and asks for the password.",
  make: "Password of the room",
  none: "This room has no password.",
  some: "This room has a password. People with a role enter without it.",
  new: "New password",
  stays: "Whoever is inside stays.",
  set: "Set password",
  remove: "Remove password",
  isSet: "The password is set.",
  isGone: "The password is gone.",
};

export type PasswordTexts = typeof password;
