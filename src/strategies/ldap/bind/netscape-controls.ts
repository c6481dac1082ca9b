import { type BerReader, Control } from 'ldapts';

/**
 * A control that a server sends without being asked. ldapts reads a response control only into an instance that went along
 * with the request; this one goes along but writes nothing, so that the request on the wire does not hold it.
 */
abstract class UnsolicitedControl extends Control {
  private present = false;

  get isPresent(): boolean {
    return this.present;
  }

  override write(): void {
    this.present = false;
  }

  override parse(reader: BerReader): void {
    this.present = true;
    this.read(reader);
  }

  protected read(_: BerReader): void {
    // Most say what they say by being there.
  }
}

/** The password has expired, or must be changed at once (draft-vchu-ldap-pwd-policy). */
export class PasswordExpiredControl extends UnsolicitedControl {
  constructor() {
    super('2.16.840.1.113730.3.4.4');
  }
}

/** The password will expire; its value is the number of seconds as text (draft-vchu-ldap-pwd-policy). */
export class PasswordExpiringControl extends UnsolicitedControl {
  private seconds: number | undefined;

  constructor() {
    super('2.16.840.1.113730.3.4.5');
  }

  get secondsLeft(): number | undefined {
    return this.seconds;
  }

  override write(): void {
    super.write();
    this.seconds = undefined;
  }

  protected override read(reader: BerReader): void {
    const text = reader.remainingBuffer.toString('latin1').trim();
    this.seconds = /^\d{1,10}$/.test(text) ? Number(text) : undefined;
  }
}
