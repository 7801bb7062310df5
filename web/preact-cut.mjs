/**
 * Preact as this page uses it: without hydration, suspense, portals, contexts, error boundaries, hooks for add-ons,
 * callbacks of changes, older methods of components, MathML, objects as styles, and raw HTML, which nobody can misuse
 * when nobody can reach it. A plugin of the bundler: it shortens the package's own sources on their way.
 * Invariant: what is to be left out is found, or the build fails: another version needs another look.
 */
import { join } from "node:path";

const SOURCES = `
export { Component, createRef, render } from "./src/index.js";
export { Fragment, jsx, jsxs } from "./jsx-runtime/src/index.js";
`;

const NEVER = "(void 0)";
const NOTHING = "";

/** In order. What comes of a thing that never is, the minifiers see. */
const EDITS = [
  // Hooks for add-ons.
  [/options_default\._catchError/g, "_catchError"],
  [/ \|\| prevDebounce != options_default\.debounceRendering/, NOTHING],
  [/\n +prevDebounce = options_default\.debounceRendering;/, NOTHING],
  [/\(prevDebounce \|\| queueMicrotask\)/g, "queueMicrotask"],
  [/\n +if \(tmp = options_default\.\w+\).*/g, NOTHING],
  [/\n +if \(options_default\.\w+\) options_default.*/g, NOTHING],
  [/options_default\.event \? options_default\.event\(e\) : /, NOTHING],
  [/let renderHook = options_default[^;]*;\n +do /, NOTHING],
  [/\n +if \(renderHook\).*/, NOTHING],
  [/\boptions_default\.\w+/g, NEVER],
  // Hydration, and what waits in it. Elements that are in the container are taken and drawn anew all the same.
  [/\n {2}if \(oldVNode\._flags & MODE_SUSPENDED.*?\n {2}\}/s, NOTHING],
  [/\n +let isHydrating = .*/, "\n  const isHydrating = false;"],
  [/oldVNode\._flags & MODE_HYDRATE \? \[oldDom\] : NULL/, "NULL"],
  [/\n +oldVNode\._flags & MODE_HYDRATE,/, NOTHING],
  [/isHydrating = excessDomChildren = NULL/, "excessDomChildren = NULL"],
  [/\n +isHydrating = [^;]*;/g, NOTHING],
  [/\bisHydrating, /g, NOTHING],
  [/\n +isHydrating,/g, NOTHING],
  [/\bisHydrating\b(?! =)/g, "false"],
  [/\be && e\.then\b/g, "false"],
  [/\n +if \(resumed\).*/, NOTHING],
  [/\n +newVNode\._flags &= RESET_MODE;/, NOTHING],
  [/\n {2}if \(!skipRemove && \(r = vnode\._component\).*?\n {2}\}/s, NOTHING],
  [/ \|\| oldVNode\._flags & REF_DETACHED/, NOTHING],
  [/\n +while \(next && next\.nodeType == 8\).*/, NOTHING],
  [/while \((\(oldDom = oldDom && oldDom\.nextSibling\)) && oldDom\.nodeType == 8.*/, "$1;"],
  // Portals.
  [/\b(?:newProps|\w+\.props)\._parentDom\b/g, NEVER],
  // Contexts.
  [/\n +tmp = newType\.contextType;.*?: globalContext;/s, NOTHING],
  [/\n +if \(provider\).*/, NOTHING],
  [/\n +if \(c\.getChildContext\) \{.*?\n {6}\}/s, NOTHING],
  [/\n +c\.context = componentContext;/, NOTHING],
  [/,\s+componentContext\b/g, NOTHING],
  [/\n +c\._globalContext = globalContext;/, NOTHING],
  [/\n +component\._globalContext,/, NOTHING],
  [/\n +EMPTY_OBJ,(?=\n +parentDom\.namespaceURI)/, NOTHING],
  [/ = r\._globalContext\b/, NOTHING],
  [/\bglobalContext, /g, NOTHING],
  [/\n +globalContext,/g, NOTHING],
  [/, c\.context\)/, ")"],
  [/\n +this\.context = context;/, NOTHING],
  [/constructor\(props, context\)/, "constructor(props)"],
  // Error boundaries.
  [/ && !\(component\._bits & COMPONENT_PROCESSING_EXCEPTION\)/, NOTHING],
  [/\n +try \{\n +ctor = .*?error = e;\n +\}/s, NOTHING],
  [/\n +if \(c\._bits & COMPONENT_P\w+\) \{.*?\n +\}/gs, NOTHING],
  // Methods of components, and their callbacks.
  [/\bnewType\.getDerivedStateFromProps\b/g, NEVER],
  [/\bc\.componentWill(?:Mount|ReceiveProps|Update)\b/g, NEVER],
  [/\n +if \(typeof update == "function"\) \{.*?\n +\}/s, NOTHING],
  [/\n +if \(callback\) \{.*?\n +\}/s, NOTHING],
  [/\n +if \(callback\).*/, NOTHING],
  [/\n +EMPTY_ARR\.push\.apply\(c\._renderCallbacks, c\._stateCallbacks\);/g, NOTHING],
  [/\n +c\._stateCallbacks = \[\];/g, NOTHING],
  [/ while \(c\._bits & COMPONENT_DIRTY && .*/, NOTHING],
  [/\n\w+\.prototype\.render = Fragment;/, NOTHING],
  // Refs that are functions.
  [/try \{\n +if \(typeof ref == "function"\).*?else (ref\.current = value;).*?catch.*?\n {2}\}/s, "$1"],
  // Elements and attributes that are none of the page's. A property that cannot be set is an attribute.
  [/\n +else if \(nodeType == "math"\).*/, NOTHING],
  [/\n +else if \(!namespace\).*/, NOTHING],
  [/\n +if \(nodeType == "foreignObject".*?\n +\}/s, NOTHING],
  [/nodeType == "textarea" && newProps\.defaultValue != NULL \? NULL : /, NOTHING],
  [/nodeType == "template" && dom\.content \|\| dom/, "dom"],
  [/parentDom\.ownerDocument \|\| document/, "document"],
  [/,\s+newProps\.is \? newProps : parentDom/, NOTHING],
  [/ && !\(i == "\w+" && "default\w+" in newProps\)/g, NOTHING],
  [/if \(nodeType == "progress".*?\} else if/s, "if"],
  [/ \|\| nodeType == "progress" && !inputValue/, NOTHING],
  [/ \|\| nodeType == "textarea"/, NOTHING],
  [/if \(name == "style"\) \{.*?\n {2}\} else if/s, "if"],
  [/\n +useCapture = .*/, NOTHING],
  [/, useCapture\)/g, ")"],
  [/if \(name\[0\] < "a"\) /, NOTHING],
  [/\n +if \(typeof \w+ != "function"\) \w+ = NULL;/g, NOTHING],
  [/\n +if \(typeof value == "function"\) return;/, NOTHING],
  [/if \(namespace == SVG_NAMESPACE\) \{.*?\} else if \(.*? && name in dom/s, "if (name in dom"],
  [/name == "popover" && value == true \? "" : /, NOTHING],
  [/\n +if \(parentDom\.nodeType == 9\) \{.*?\n +\}/s, NOTHING],
  // Raw HTML.
  [/if \(i == "dangerouslySetInnerHTML"\) \{.*?\} else if/gs, "if"],
  [/\n +if \(newHtml\) \{.*?\n {4}\} else \{/s, "{"],
  [/\n +if \(oldHtml\).*/, NOTHING],
  // One way to make a node.
  [/\n +if \(!props\) props = \{\};/, NOTHING],
  [
    /const vnode = \{\n +type,\n +props: normalizedProps.*?return vnode;/s,
    "return createVNode(type, normalizedProps, key, ref);",
  ],
];

/** @param esbuild makes one text of the sources first. */
export const preactCut = (esbuild, root) => ({
  name: "preact-cut",
  setup(build) {
    const preact = join(root, "node_modules/preact");
    const entry = join(preact, "src/index.js");
    build.onResolve({ filter: /^preact(\/jsx-runtime)?$/ }, () => ({ path: entry, sideEffects: false }));
    build.onLoad({ filter: /preact[\\/]src[\\/]index\.js$/ }, async () => {
      const { outputFiles } = await esbuild.build({
        stdin: { contents: SOURCES, resolveDir: preact },
        alias: { preact: entry },
        bundle: true,
        format: "esm",
        write: false,
        target: "es2022",
      });
      const cut = EDITS.reduce((text, [what, by]) => {
        if (text.search(what) < 0) throw new Error(`Preact has no ${what}: see web/preact-cut.mjs.`);
        return text.replace(what, by);
      }, outputFiles[0].text);
      return { contents: cut };
    });
  },
});
