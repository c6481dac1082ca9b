import { ConfigurationError, loadSettings } from './load-settings';

function warningsOf(prefixes: string): readonly string[] {
  return loadSettings({ COMPAT: 'django', DJANGO_ALLOWED_IP_PREFIXES: prefixes }).warnings;
}

describe('the settings of the Django dialect', () => {
  it('warn of a beginning that ends within a number', () => {
    for (const prefixes of ['10.1', '10.2.,192.168', '2001:db8']) {
      expect(warningsOf(prefixes)).toEqual([expect.stringContaining('DJANGO_ALLOWED_IP_PREFIXES')]);
    }
    expect(warningsOf('10.1.,192.0.2.7,2001:db8:,2001:db8::1')).toEqual([]);
  });

  it.each([
    ['DJANGO_ALLOWED_IP_PREFIXES', '10.0.0.0/8'],
    ['DJANGO_ALLOWED_IP_PREFIXES', 'office'],
    ['DJANGO_ALLOWED_IP_PREFIXES', '300.1.'],
    ['DJANGO_ALLOWED_IP_PREFIXES', '2001:db8::0:'],
    ['DJANGO_ALLOWED_IP_PREFIXES', Array.from({ length: 257 }, (_, n) => `10.${n}.`).join()],
    ['DJANGO_ALLOWED_HOSTNAMES', 'http://office.example.org'],
    ['DJANGO_ALLOWED_HOSTNAMES', '192.0.2.7'],
    ['DJANGO_ALLOWED_HOSTNAMES', Array.from({ length: 17 }, (_, n) => `h${n}.example.org`).join()],
    ['DJANGO_IP_EXEMPT_PATHS', 'api/logout/'],
    ['DJANGO_IP_EXEMPT_PATHS', 'none,/api/logout/'],
    ['DJANGO_SESSION_SECONDS', '1'],
  ])('refuse %s=%s', (name, value) => {
    const load = () => loadSettings({ COMPAT: 'django', [name]: value });
    expect(load).toThrow(ConfigurationError);
    expect(load).toThrow(name);
  });

  it('warn where they have no effect', () => {
    const { warnings } = loadSettings({ DJANGO_ADMIN_ROLE: 'admin' });
    expect(warnings).toEqual([expect.stringContaining('COMPAT does not hold django')]);
    expect(loadSettings({ DJANGO_ALOWED_HOSTNAMES: 'a' }).warnings.join()).toContain(
      'DJANGO_ALLOWED_HOSTNAMES',
    );
  });
});
