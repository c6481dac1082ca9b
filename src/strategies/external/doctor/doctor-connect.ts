import type { TLSSocket } from 'node:tls';
import { systemErrorCode } from '../../../common/system-error';
import { StepFault } from '../../doctor-step';
import { tlsAlertFault } from '../upstream/tls-failure';

/** How long a service may take to turn our certificate down; one that says nothing has taken it. */
const verdictWaitMs = 300;
const certificateSetting = 'EXTERNAL_AUTH_TLS_CERT_FILE';

/**
 * Waits for the service's word on our certificate: with TLS 1.3 it judges that after our side of the handshake is done, and its ticket
 * or its alert tells. A login learns it from its request instead. Nothing can be sent over the connection afterwards.
 * @throws StepFault when the service turns it down, or demands one that we do not have.
 */
export async function ownCertificateTaken({ origin }: URL, secure: TLSSocket): Promise<void> {
  if (secure.getProtocol() !== 'TLSv1.3') return;
  try {
    await verdict(secure);
  } catch (error) {
    const code = systemErrorCode(error) ?? 'no code';
    const { words, setting } = tlsAlertFault(code) ?? {
      words: `it broke the connection right after the TLS handshake (${code}): it may demand a client certificate`,
      setting: certificateSetting,
    };
    throw new StepFault(`${origin}: ${words}`, setting);
  }
}

async function verdict(secure: TLSSocket): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(resolve, verdictWaitMs);
      secure.once('session', () => resolve());
      secure.once('close', resolve);
      secure.once('error', reject);
      // An alert is only seen by who reads.
      secure.resume();
    });
  } finally {
    clearTimeout(timer);
  }
}
