import type { AuditAction } from '../common/audit-trail';
import type { KeyRing } from './key-ring';

/** What happened to one signing key. */
export interface KeyEvent {
  readonly action: AuditAction;
  readonly kid: string;
}

/** Told of each change that this process has made to the ring in the store; `before` is undefined for the first ring. */
export type KeyListener = (events: readonly KeyEvent[]) => void;

/**
 * What a change of the ring means for each key: `published` is verified from now on, `promoted` signs from now on, `retired` signs
 * no more, and the tokens of one that was `removed` are refused.
 */
export function keyEvents(before: KeyRing | undefined, after: KeyRing): readonly KeyEvent[] {
  const [known, present] = [kidsOf(before), kidsOf(after)];
  const published = present.filter((kid) => !known.includes(kid));
  const removed = known.filter((kid) => !present.includes(kid));
  const signed = before?.current.kid;
  const changes = signed !== after.current.kid;
  return [
    ...published.map((kid): KeyEvent => ({ action: 'published', kid })),
    ...(changes ? [{ action: 'promoted', kid: after.current.kid } as const] : []),
    ...(changes && signed !== undefined && present.includes(signed)
      ? [{ action: 'retired', kid: signed } as const]
      : []),
    ...removed.map((kid): KeyEvent => ({ action: 'removed', kid })),
  ];
}

function kidsOf(ring: KeyRing | undefined): readonly string[] {
  if (!ring) return [];
  return [ring.current, ...(ring.next ? [ring.next] : []), ...ring.previous].map(({ kid }) => kid);
}
