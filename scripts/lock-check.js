// reports optional platform packages that a lock file lacks (an incomplete lock makes `npm ci` fail)
const l = JSON.parse(require('fs').readFileSync(process.argv[2] ?? 'package-lock.json', 'utf8')).packages;
let bad = 0;
for (const [k, v] of Object.entries(l))
  for (const f of ['optionalDependencies']) {
    const o = v[f];
    if (!o) continue;
    const miss = Object.keys(o).filter((n) => {
      let d = k;
      for (;;) {
        if (l[(d ? d + '/' : '') + 'node_modules/' + n]) return false;
        if (!d) return true;
        const i = d.lastIndexOf('/node_modules/');
        d = i < 0 ? '' : d.slice(0, i);
      }
    });
    if (miss.length) {
      bad++;
      console.log(
        (k || '(root)') + '@' + v.version,
        'lacks',
        miss.length,
        'of',
        Object.keys(o).length + ':',
        miss.slice(0, 5).join(', '),
      );
    }
  }
console.log(bad ? bad + ' incomplete' : 'complete');
