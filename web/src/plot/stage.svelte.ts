// What every plot depends on beside its data: the room it has, and the colours
// in force.
import { isDark, settings } from '../settings.svelte';
import { zone } from '../time.svelte';

export class Stage {
  width = $state(0);
  height = $state(0);
  private scheme = $state(0); // Grows when the system's colours change.

  /** Read in an effect that draws: colours are read while drawing. */
  get looks() {
    return [settings.contrast, settings.language, isDark(), zone(), this.scheme];
  }

  /** Use as `{@attach stage.watch}` on the element that holds the plot. */
  watch = (host: HTMLElement) => {
    const observer = new ResizeObserver(() => {
      this.width = host.clientWidth;
      this.height = host.clientHeight;
    });
    observer.observe(host);
    const changed = () => (this.scheme += 1);
    const queries = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)'].map((q) => matchMedia(q));
    for (const query of queries) query.addEventListener('change', changed);
    return () => {
      observer.disconnect();
      for (const query of queries) query.removeEventListener('change', changed);
    };
  };
}
