import { errorPage } from './error-page';

it('says why, in the language of the person, and who they may ask', () => {
  const page = errorPage({ text: 'Acceso denegado', brand: 'Wiki', locale: 'es', requestId: 'r-1' });
  expect(page).toContain('<html lang="es">');
  expect(page).toContain('<title>Acceso denegado · Wiki</title>');
  expect(page).toContain('<h1>Acceso denegado</h1>');
  expect(page).toContain('<code>r-1</code>');
});

it('makes no markup of a text', () => {
  const evil = `<script>"'&`;
  const page = errorPage({ text: evil, brand: evil, locale: 'en', requestId: evil });
  expect(page).not.toContain('<script>');
  expect(page).toContain('<h1>&#60;script&#62;&#34;&#39;&#38;</h1>');
});
