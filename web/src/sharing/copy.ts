/** Copies the text of a field; answers whether the browser did. Where it did not, the text is marked. */
export async function copyFrom(field: HTMLInputElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    // The clipboard is missing where the page came by plain http, as in a home network.
    return copyMarked(field);
  }
}

function copyMarked(field: HTMLInputElement): boolean {
  const focused = document.activeElement;
  field.select();
  const copied = document.execCommand('copy');
  if (copied && focused instanceof HTMLElement) focused.focus();
  return copied;
}
