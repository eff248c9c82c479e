// A list that stays as it is while somebody aims at a row of it.
import { useEffect, useRef, useState } from "./html.js";

const AIMING = 1000; // milliseconds after the pointer's last move in which no row moves below it

// The rows without those that arrive on top meanwhile, and what the list is to listen to. A row that arrives would put
// another one under the pointer, and a button that goes down on one row and up on another is no click.
export function useSteady(rows, idOf) {
  const [isAiming, setAiming] = useState(false);
  const kept = useRef({ rows, shown: rows });
  const timer = useRef(null);
  useEffect(() => () => clearTimeout(timer.current), []);
  const { rows: before, shown } = kept.current;
  if (!isAiming || !shown.length) kept.current = { rows, shown: rows };
  else if (rows !== before) {
    const top = idOf(shown[0]);
    const at = rows.findIndex((row) => idOf(row) === top);
    kept.current = { rows, shown: at > 0 ? rows.slice(at) : rows };
  }
  const aim = (event) => {
    clearTimeout(timer.current);
    setAiming(true);
    if (!event.buttons) timer.current = setTimeout(() => setAiming(false), AIMING);
  };
  const leave = () => { clearTimeout(timer.current); setAiming(false); };
  return [kept.current.shown, { onPointerMove: aim, onPointerDown: aim, onPointerUp: aim, onPointerLeave: leave, onPointerCancel: leave }];
}
