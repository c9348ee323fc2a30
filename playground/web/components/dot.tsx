/** A tag's colour. Says nothing to those who do not see it: the name stands beside it. */
export function Dot({ color }: { color: string | null }) {
  return <i className="dot" aria-hidden="true" style={color ? { background: color } : undefined} />;
}
