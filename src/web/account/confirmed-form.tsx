import type { VNode } from 'preact';

export interface ConfirmedFormProps {
  /** What opens the question. */
  readonly label: string;
  /** What it is about, for those who do not see where it stands. */
  readonly about?: string;
  /** What happens then. */
  readonly warning: string;
  /** On the button that does it. */
  readonly button: string;
  readonly action: string;
  readonly fields?: Readonly<Record<string, string>>;
}

/** A form for what cannot be undone: it takes two steps, and no script. */
export function ConfirmedForm({
  label,
  about,
  warning,
  button,
  action,
  fields = {},
}: ConfirmedFormProps): VNode {
  return (
    <details class="confirm">
      <summary>
        {label}
        {about !== undefined && <span class="unseen">{` ${about}`}</span>}
      </summary>
      <form method="post" action={action}>
        {Object.entries(fields).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        <p>{warning}</p>
        <button type="submit">{button}</button>
      </form>
    </details>
  );
}
