/** Whether whoever sits here has a mouse, and with it folders, and can drop something. Phones offer what they have. */
export const canDrop = matchMedia('(hover: hover)').matches;
