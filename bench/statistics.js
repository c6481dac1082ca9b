function sorted(values) {
  return [...values].sort((a, b) => a - b);
}

/** The value below which this share of all lies, 0 to 1; NaN of none. */
function quantile(values, share, { isSorted = false } = {}) {
  const order = isSorted ? values : sorted(values);
  return order[Math.min(order.length - 1, Math.floor(share * order.length))] ?? NaN;
}

/** The middle one, or the mean of the two in the middle; NaN of none. */
function median(values) {
  const order = sorted(values);
  const middle = order.length >> 1;
  return order.length % 2 === 1 ? order[middle] : (order[middle - 1] + order[middle]) / 2;
}

/** What rounds say together: the middle, and how far they lie apart. */
function summary(values) {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

module.exports = { median, quantile, sorted, summary };
