// A line of any number of points, drawn with at most four of each pixel column:
// the first, the lowest, the highest and the last (M4). What the eye sees is the
// same as with all of them, and no spike is lost.

/** What takes the line: a Path2D. */
export interface Pen {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
}

export interface Scale {
  /** Canvas pixels of a point by its index, and of a value. */
  x: (index: number) => number;
  y: (value: number) => number;
}

/** Draws the values `first` to `last` (inclusive) of a line. Whatever is no finite
 * number is a gap; a point between two gaps is a dash of one pixel. */
export function trace(ys: ArrayLike<number>, first: number, last: number, scale: Scale, pen: Pen) {
  let column = 0;
  /** Points since the pen was put down; 0: it is up. */
  let points = 0;
  let low = 0;
  let high = 0;
  let end = 0;
  let lowFirst = true;
  let inColumn = 0;

  const finish = () => {
    if (inColumn < 2) return;
    const extremes = lowFirst ? [low, high] : [high, low];
    for (const v of extremes) pen.lineTo(column, scale.y(v));
    pen.lineTo(column, scale.y(end));
  };
  const lift = () => {
    if (points === 0) return;
    finish();
    if (points === 1) pen.lineTo(column + 1, scale.y(end));
    points = 0;
  };

  for (let i = first; i <= last; i++) {
    const y = ys[i]!;
    if (!Number.isFinite(y)) {
      lift();
      continue;
    }
    const x = Math.round(scale.x(i));
    if (points > 0 && x === column) {
      if (y < low) {
        low = y;
        lowFirst = false;
      } else if (y > high) {
        high = y;
        lowFirst = true;
      }
      inColumn += 1;
    } else {
      if (points === 0) pen.moveTo(x, scale.y(y));
      else {
        finish();
        pen.lineTo(x, scale.y(y));
      }
      column = x;
      low = high = y;
      lowFirst = true;
      inColumn = 1;
    }
    end = y;
    points += 1;
  }
  lift();
}
