// What processes take, as the kernel counts it (proc(5)). NaN where the system does not tell.
const { readdirSync, readFileSync } = require('node:fs');
const { availableParallelism } = require('node:os');

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

/** Busy and stolen processor time of the whole machine so far. */
function machineMs() {
  const ticks = /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))[1].split(' ').map(Number);
  const [user, nice, system, , , hard, soft, stolen] = ticks;
  const inMs = (count) => (count * 1000) / ticksPerSecond;
  return { busy: inMs(user + nice + system + hard + soft), stolen: inMs(stolen) };
}

/**
 * Watches what else the machine does. The function that it gives tells which share of all processors went meanwhile to programs that are
 * none of ours (`others`), and to other machines on the same hardware (`stolen`); NaN where the system does not tell.
 */
function watchMachine() {
  const now = () => {
    try {
      return { atMs: performance.now(), own: cpuMsOf([process.pid]), ...machineMs() };
    } catch {
      return { atMs: NaN, own: NaN, busy: NaN, stolen: NaN };
    }
  };
  const before = now();
  return () => {
    const after = now();
    const allMs = (after.atMs - before.atMs) * availableParallelism();
    const grown = (name) => after[name] - before[name];
    // The two are counted in ticks, at different moments.
    const others = Math.max(0, grown('busy') - grown('own'));
    return { others: others / allMs, stolen: grown('stolen') / allMs };
  };
}

module.exports = { cpuMsOf, memoryMbOf, watchMachine };
