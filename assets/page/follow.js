const END = 24; // px from the end that count as being there

/**
 * Keeps the end of what scrolls in view, whatever comes in it and whatever takes room beside it, until somebody goes up from
 * there. That it is not in view is no sign of that: what came last may not be laid out as high as it was thought to be.
 */
export function follow(e) {
  let end = true, top = 0;
  e.addEventListener('scroll', () => {
    if (e.scrollHeight - e.scrollTop - e.clientHeight < END) end = true;
    else if (e.scrollTop < top) end = false;
    top = e.scrollTop;
  });
  const sizes = new ResizeObserver(() => {
    if (end) e.scrollTop = e.scrollHeight;
  });
  for (const box of [e, ...e.children]) sizes.observe(box);
}
