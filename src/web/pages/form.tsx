import type { VNode } from 'preact';

/** The id of what went wrong, which the field that has the focus is described by. */
const faultId = 'fault';

/** What went wrong. Screen readers read it out by itself where they can, and with the field that has the focus everywhere. */
export function Fault({ text }: { readonly text: string | undefined }): VNode | null {
  if (text === undefined) return null;
  return (
    <p id={faultId} class="notice" role="alert">
      {text}
    </p>
  );
}

/** What went well, or what somebody should know. */
export function Notice({ text }: { readonly text: string | undefined }): VNode | null {
  if (text === undefined) return null;
  return (
    <p class="notice" role="status">
      {text}
    </p>
  );
}

export interface FieldProps {
  /** In the form, and the id of the element. */
  readonly name: string;
  readonly label: string;
  readonly type: 'text' | 'password';
  /** What password managers put there (HTML standard, autofill detail tokens). */
  readonly autocomplete: 'username' | 'current-password' | 'new-password';
  readonly maxLength: number;
  readonly value?: string | undefined;
  readonly hint?: string;
  /** What is wrong with this field. */
  readonly fault?: string | undefined;
  /** Whether what went wrong as a whole is about this field. */
  readonly isWrong?: boolean;
  readonly isReadOnly?: boolean;
  readonly hasFocus?: boolean;
}

/** A field with its label, and with everything that describes it. */
export function Field(props: FieldProps): VNode {
  const { name, label, hint, fault, isWrong = false, hasFocus = false } = props;
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {hint !== undefined && (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      <input
        id={name}
        name={name}
        type={props.type}
        autocomplete={props.autocomplete}
        maxLength={props.maxLength}
        value={props.value}
        required
        readOnly={props.isReadOnly}
        autofocus={hasFocus}
        autocapitalize="none"
        spellcheck={false}
        aria-invalid={isWrong || fault !== undefined ? 'true' : undefined}
        aria-describedby={descriptionIds(props)}
      />
      {fault !== undefined && (
        <p class="fault" id={`${name}-fault`}>
          {fault}
        </p>
      )}
    </div>
  );
}

function descriptionIds({ name, hint, fault, isWrong }: FieldProps): string | undefined {
  const ids = [
    ...(isWrong ? [faultId] : []),
    ...(fault === undefined ? [] : [`${name}-fault`]),
    ...(hint === undefined ? [] : [`${name}-hint`]),
  ];
  return ids.length === 0 ? undefined : ids.join(' ');
}
