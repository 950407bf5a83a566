import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'

const ROOT = '/sys/fs/cgroup'
/** A short period, so that a throttled process waits only for a few milliseconds. */
const PERIOD_US = 20_000

/**
 * Limits processes to a share of one core each, by control groups (cgroups(7)) of either version. Disposing removes the
 * limit.
 * @throws if this process may not create control groups, which needs root and Linux
 */
export function limitCpu(pids: readonly number[], share: number): Disposable {
  const isUnified = existsSync(`${ROOT}/cgroup.controllers`)
  const parent = isUnified ? ROOT : `${ROOT}/cpu`
  if (isUnified) writeFileSync(`${ROOT}/cgroup.subtree_control`, '+cpu')
  const quota = String(Math.round(PERIOD_US * share))
  const groups = pids.map((pid) => {
    const group = `${parent}/sluice-bench-${pid}`
    mkdirSync(group, { recursive: true })
    if (isUnified) writeFileSync(`${group}/cpu.max`, `${quota} ${PERIOD_US}`)
    else {
      writeFileSync(`${group}/cpu.cfs_period_us`, String(PERIOD_US))
      writeFileSync(`${group}/cpu.cfs_quota_us`, quota)
    }
    writeFileSync(`${group}/cgroup.procs`, String(pid))
    return group
  })
  return {
    [Symbol.dispose]() {
      for (const group of groups) {
        for (const pid of readFileSync(`${group}/cgroup.procs`, 'utf8').split('\n').filter(Boolean))
          writeFileSync(`${parent}/cgroup.procs`, pid)
        rmdirSync(group)
      }
    }
  }
}
