// Colour and dash of a series by its number. The first six are the design's
// pairs; later ones pair each colour with the other dashes.
import { colour } from './colours';

const STYLES = 6;
export const colourOf = (number: number) => (number % STYLES) + 1;
export const dashOf = (number: number) => ((number + Math.floor(number / STYLES)) % STYLES) + 1;

export interface Stroke {
  stroke: string;
  dash: number[];
}

/** For uPlot, which cannot read tokens. */
export function strokeOf(number: number): Stroke {
  const dashes = getComputedStyle(document.documentElement).getPropertyValue(`--d${dashOf(number)}`).trim();
  const dash = dashes === 'none' ? [] : dashes.split(/\s+/).map(Number);
  return { stroke: colour(`c${colourOf(number)}`), dash };
}
