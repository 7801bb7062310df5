/** What helps whoever writes a message: whom to mention, what is answered, a finger that answers. */
export { TalkAside } from "./components/talk-aside.tsx";
