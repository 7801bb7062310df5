/**
 * How people in a room that belongs to somebody are looked after: roles beside their names, what can be done about them,
 * and what is said to whoever was put out. It comes with the first such room.
 */
export { kept, outcome, person, showMenu } from "./components/moderation.tsx";
