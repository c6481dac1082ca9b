// The page of the profiles. Pure: what was found goes in, Markdown comes out.
const { machineNote } = require('./full-report');
const { surroundings, table } = require('./report');

const most = 15;
const percent = (share) => `${(share * 100).toFixed(1)} %`;
const whole = (value) => Math.round(value).toLocaleString('en');
/** Names may have bars of their own, and marks that Markdown would take for markup. */
const code = (name) => `\`${name.replaceAll('`', "'").replaceAll('|', '\\|')}\``;

function timeTable({ modules, usEach }) {
  return table(modules.slice(0, most), [
    ['module', ({ name }) => code(name)],
    ['share', ({ share }) => percent(share)],
    ['µs for each request', ({ share }) => (share * usEach).toFixed(1)],
  ]);
}

function bytesTable(heading, rows) {
  return table(rows.slice(0, most), [
    [heading, ({ name }) => code(name)],
    ['share', ({ share }) => percent(share)],
    ['bytes for each request', ({ bytes }) => whole(bytes)],
  ]);
}

function summaryTable(rows) {
  return table(rows, [
    ['scenario', ({ title }) => title],
    ['requests/s', ({ perSecond }) => whole(perSecond)],
    ['main thread busy', ({ busyShare }) => percent(busyShare)],
    ['main thread, µs each', ({ usEach }) => whole(usEach)],
    ['allocated, bytes each', ({ allocations }) => whole(allocations.bytes)],
  ]);
}

function rowSection(row, folderName) {
  const { title, plot, allocations } = row;
  return [
    `## ${title[0].toUpperCase()}${title.slice(1)}`,
    `![${plot.title}](${folderName}/${plot.file})`,
    'Time that a module has itself:',
    timeTable(row),
    'What is allocated, by module:',
    bytesTable('module', allocations.modules),
    'And by place:',
    bytesTable('place', allocations.places),
  ];
}

function howMeasured({ seconds }) {
  return (
    `One process of the gateway, 64 connections, ${seconds} s after it was warm; for the time and for the allocations it is started anew. ` +
    'Both slow it down, so that how many requests it served is nothing to be compared with other pages. ' +
    'Only the main thread is seen: neither the threads of libuv nor those of the store. Idle time and the start are left out. ' +
    'Time is that of a clock: on a machine with other work it includes waiting for a processor. ' +
    '`(program)` is what V8 has no name for, most of it calls of the system; “native” is what is built into V8 and Node or an addon, ' +
    '“generated” what a package has made of text while it ran. ' +
    'Allocations are sampled every 32 KiB on V8’s heap, whether or not they are still alive at the end; the bytes of buffers lie elsewhere.'
  );
}

/** The whole page. `command` is what one types to get it again; the pictures lie in a folder beside it. */
function profileReport({ date, command, options, found, folder }) {
  return [
    `# Where time and memory go, ${date}`,
    `\`${command}\``,
    surroundings(folder).join('\n'),
    machineNote(found),
    summaryTable(found.rows),
    ...found.rows.flatMap((row) => rowSection(row, `${date}-profile`)),
    '## How this was measured',
    howMeasured(options),
  ]
    .join('\n\n')
    .concat('\n');
}

/** What is printed when it is over. */
function profileText({ rows }) {
  return [summaryTable(rows), ...rows.flatMap((row) => [row.title, timeTable(row)])].join('\n\n');
}

module.exports = { profileReport, profileText };
