// The mix of requests that every program is asked for: 1 login, 20 refreshes, 200 verifies, evenly spread.
const steps = 221;
const refreshEvery = 11;
const apart = 37;

/** A client that takes turns with three others; clients start at different places of the round, so that logins do not come at once. */
function mixOf({ login, refresh, verify }, index) {
  let step = (index * apart) % steps;
  let asked;
  return {
    next: () => {
      asked = step === 0 ? login : step % refreshEvery === 0 ? refresh : verify;
      step = (step + 1) % steps;
      return asked.next();
    },
    take: (answer) => asked.take(answer),
  };
}

module.exports = { mixOf };
