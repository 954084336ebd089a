/** Turns the reports of test/runtimes/report.ts into lines and a verdict. */

const NAMES = ['default', 'fma', 'integer', 'noble']

/**
 * What is wrong with a report, in words. `serving` is who must serve every primitive by default; `missing` maps backends that must not
 * be there to the code of the error that says so.
 */
export function problemsOf(report, { serving, missing = {} }) {
  if (report.failure) return [report.failure]
  const problems = []
  for (const line of report.choices) if (!serving.test(line)) problems.push(`served otherwise: ${line}`)
  for (const name of NAMES) {
    const outcome = report.outcomes[name]
    if (name in missing) {
      if (outcome.missing !== missing[name])
        problems.push(`${name}: expected ${missing[name]}, got ${JSON.stringify(outcome)}`)
    } else if (outcome.missing) problems.push(`${name}: ${outcome.missing}`)
    else {
      if (!(outcome.asked > 0)) problems.push(`${name}: nothing was asked`)
      for (const wrong of outcome.wrong) problems.push(`${name}: ${wrong}`)
    }
  }
  return problems
}

/** One line about a report, and its problems. Returns whether there were none. */
export function tell(what, report, expected) {
  const problems = problemsOf(report, expected)
  const counts =
    report.outcomes && NAMES.map(name => `${name} ${report.outcomes[name].asked ?? report.outcomes[name].missing}`)
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${what}${counts ? `: ${counts.join(', ')}` : ''}`)
  // from how many bytes on another backend serves is told elsewhere
  const serving = (report.choices ?? []).map(line =>
    line.replace(/^\S+ +/, '').replace(/from \d+ bytes/, 'long inputs'),
  )
  for (const line of new Set(serving)) console.log(`       ${line}`)
  for (const problem of problems) console.log(`       ${problem}`)
  return problems.length === 0
}
