/** Building the page. Data becomes text nodes and attributes, never markup. */

const timeFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
export const timeText = (instant) => timeFormat.format(new Date(instant));

export const byId = (id) => document.getElementById(id);

/** `element('button', { type: 'button', onclick }, 'Send')`; properties with a dash or unknown to the node are attributes. */
export function element(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

export function svgElement(tag, attributes = {}, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

function fill(node, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

export function notice(text, kind = 'info') {
  const place = byId('notice');
  place.textContent = text;
  place.dataset.kind = kind;
}

/** Runs what a button or form asks for: locks it meanwhile and shows what went wrong. */
export async function act(control, work) {
  const hadFocus = document.activeElement === control;
  control.disabled = true;
  notice('');
  try {
    await work();
  } catch (error) {
    notice(error.message, 'error');
  } finally {
    control.disabled = false;
    // A locked button loses the focus; whoever has no mouse goes on from here, unless the work led elsewhere.
    if (hadFocus && document.activeElement === document.body) control.focus();
  }
}

export function onSubmit(formId, work) {
  const form = byId(formId);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const fields = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
    void act(event.submitter ?? form.querySelector('[type=submit]'), () => work(fields, form));
  });
}
