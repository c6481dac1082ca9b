import {
  Ber,
  BerWriter,
  type Client,
  Control,
  MessageParser,
  PagedResultsControl,
  SearchResponse,
} from 'ldapts';

/**
 * Asks for one page (RFC 2696). Not the control of ldapts, which `search` takes from nobody and `searchPaginated` takes for the
 * end of the answer as soon as a page is empty, though a server may well send an empty page and a cookie.
 */
export class PageControl extends Control {
  constructor(
    private readonly size: number,
    private readonly cookie: Buffer,
  ) {
    super(PagedResultsControl.type);
  }

  protected override writeControl(writer: BerWriter): void {
    const value = new BerWriter();
    value.startSequence();
    value.writeInt(this.size);
    if (this.cookie.length > 0) value.writeBuffer(this.cookie, Ber.OctetString);
    else value.writeString('');
    value.endSequence();
    writer.writeBuffer(value.buffer, Ber.OctetString);
  }
}

/**
 * What a search gave, and the cookie for its next page; empty at the end. ldapts keeps the controls of an answer to itself, so
 * this listens where it reads them. The client must do nothing else meanwhile.
 */
export async function withCookie<T>(
  client: Client,
  search: () => Promise<T>,
): Promise<{ readonly answer: T; readonly cookie: Buffer<ArrayBuffer> }> {
  const parser: unknown = Reflect.get(client, 'messageParser');
  // Without it every long answer would look whole after its first page.
  if (!(parser instanceof MessageParser)) throw new Error('this ldapts does not show the cookies of pages');
  let cookie = Buffer.alloc(0);
  const listen = (message: unknown) => {
    // Whatever else comes, such as a notice of disconnection, says nothing of pages.
    if (message instanceof SearchResponse) cookie = cookieIn(message);
  };
  parser.on('message', listen);
  try {
    const answer = await search();
    return { answer, cookie };
  } finally {
    parser.off('message', listen);
  }
}

function cookieIn({ controls = [] }: SearchResponse): Buffer<ArrayBuffer> {
  const page = controls.find((control) => control instanceof PagedResultsControl);
  return Buffer.from(page?.value?.cookie ?? []);
}
