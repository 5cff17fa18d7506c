// Why a cell of the gradebook was not saved stands beside the cell, in front of everything: inside the
// scrolling table it would be cut off at its edges. Without this script it stands in the cell.

const ROOM = 120; // pixels: the height of a long reason
const WIDTH = 272; // pixels: the greatest width of a reason

function place(target) {
  const cell = target?.closest?.("[data-gb-cell]");
  if (!cell) return;
  const box = cell.getBoundingClientRect();
  const isLow = box.bottom + ROOM > window.innerHeight;
  cell.style.setProperty("--why-top", isLow ? "auto" : `${box.bottom}px`);
  cell.style.setProperty("--why-bottom", isLow ? `${window.innerHeight - box.top}px` : "auto");
  cell.style.setProperty("--why-left", `${Math.max(8, Math.min(box.left, window.innerWidth - WIDTH))}px`);
}

document.addEventListener("focusin", (event) => place(event.target));
document.addEventListener("mouseover", (event) => place(event.target));
document.addEventListener("scroll", () => place(document.activeElement), { capture: true, passive: true });
