declare module 'node-jsencrypt' {
  /** The part of JSEncrypt that encrypts. */
  export default class JSEncrypt {
    /** Takes a public key in PEM, or the base64 inside it. */
    setKey(publicKey: string): void;
    /** Standard base64 of RSAES-PKCS1-v1_5; false when the text is too long for the key. */
    encrypt(text: string): string | false;
  }
}
