/** Asks before something is gone for good. */
import { element } from './elements.js';

/** @returns whether it is to be deleted; Escape keeps it */
export function confirmDelete(title, consequences) {
  const heading = element('h2', { id: 'confirm-title' }, title);
  const keep = element('button', { type: 'submit', value: 'cancel', className: 'quiet' }, 'Keep it');
  const remove = element('button', { type: 'submit', value: 'delete', className: 'danger' }, 'Delete');
  const choice = element('form', { method: 'dialog' }, heading, element('p', {}, consequences));
  choice.append(element('div', { className: 'row' }, keep, remove));
  const dialog = element('dialog', { 'aria-labelledby': heading.id }, choice);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'delete');
    });
  });
}
