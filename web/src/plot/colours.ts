// The canvas cannot read CSS variables, and light-dark() is resolved only on
// an element; so a probe element is asked.
let probe: HTMLElement | null = null;

export function colour(token: string): string {
  if (!probe) {
    probe = document.createElement('span');
    probe.className = 'vh';
    probe.setAttribute('aria-hidden', 'true');
    document.body.append(probe);
  }
  probe.style.color = `var(--${token})`;
  return getComputedStyle(probe).color;
}
