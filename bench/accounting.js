// What processes take, as the kernel counts it (proc(5)). NaN where the system does not tell.
const { readdirSync, readFileSync } = require('node:fs');

/** Of `/proc/<pid>/stat`; 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

function fieldsOf(pid) {
  // The name of a program, in brackets, may have blanks and brackets of its own.
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(') ') + 2).split(' ');
}

/** These processes and all that descend from them. */
function familyOf(pids) {
  const family = new Set(pids);
  const parents = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      parents.set(Number(name), Number(fieldsOf(name)[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  for (let before = -1; before !== family.size;) {
    before = family.size;
    for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid);
  }
  return [...family];
}

function sumOver(pids, read) {
  let sum = 0;
  try {
    for (const pid of familyOf(pids)) {
      try {
        sum += read(pid);
      } catch (error) {
        if (pids.includes(pid)) throw error;
      }
    }
    return sum;
  } catch {
    return NaN;
  }
}

/** Processor time so far of all threads of these processes, and of their children, those that have ended included. */
function cpuMsOf(pids) {
  return sumOver(pids, (pid) => {
    const [user, system, ofEndedUser, ofEndedSystem] = fieldsOf(pid).slice(11, 15).map(Number);
    return ((user + system + ofEndedUser + ofEndedSystem) * 1000) / ticksPerSecond;
  });
}

/**
 * Memory of these processes and their children in MB: `rss` is what lies in memory, `own` what of it is no file's (the pages of the
 * embedded store are a file's, and are given back when memory is short). Shared pages count for each process that has them.
 */
function memoryMbOf(pids) {
  const of = (form) =>
    sumOver(pids, (pid) => Number(form.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN) / 1024);
  return { rss: of(/VmRSS:\s+(\d+)/), own: of(/RssAnon:\s+(\d+)/) };
}

module.exports = { cpuMsOf, memoryMbOf };
