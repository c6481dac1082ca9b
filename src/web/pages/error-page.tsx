import type { ComponentChildren, VNode } from 'preact';
import type { GatehouseError } from '../../common/gatehouse-error';
import { personText } from './error-texts';
import { Fault } from './form';
import { Page } from './layout';
import type { PageView } from './page-view';

const words = {
  es: { title: 'No se pudo hacer', requestId: 'Si preguntas a alguien por esto, dale este número:' },
  en: { title: 'That did not work', requestId: 'If you ask somebody about this, give them this number:' },
};

export interface ErrorPageProps {
  readonly error: GatehouseError;
  readonly view: PageView;
  /** By which operators find the lines of the log. */
  readonly requestId: string;
  /** Where to go from here. */
  readonly children?: ComponentChildren;
}

/** An error that belongs to no form. */
export function ErrorPage({ error, view, requestId, children }: ErrorPageProps): VNode {
  const { title, requestId: numberText } = words[view.locale];
  return (
    <Page title={title} view={view} isFault>
      <Fault text={personText(error, view.locale)} />
      {children}
      <p class="quiet">
        {numberText} <code>{requestId}</code>
      </p>
    </Page>
  );
}
