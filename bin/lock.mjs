import { closeSync, openSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stopOf } from './stop.mjs'

// Node has no file locks, and a pid in a file would lie after a restart in a container. So the holder touches the file
// while it works, and a file that nobody has touched for a while belongs to nobody.
const TOUCH_EVERY_MS = 1_000
const ABANDONED_AFTER_MS = 15_000

/** Runs `work` while no other process of this clone does. */
export async function withLock(path, say, work) {
  let told = false
  while (!take(path)) {
    if (!told) say('Another start of this clone is installing; waiting for it')
    told = true
    await sleep(300)
  }
  const touching = setInterval(() => touch(path), TOUCH_EVERY_MS)
  const drop = () => rmSync(path, { force: true })
  process.once('exit', drop)
  const stopped = (signal) => process.exit(signal === 'SIGINT' ? 130 : 143)
  process.once('SIGINT', stopped).once('SIGTERM', stopped)
  try {
    return await work()
  } finally {
    clearInterval(touching)
    process.off('exit', drop).off('SIGINT', stopped).off('SIGTERM', stopped)
    drop()
  }
}

function take(path) {
  try {
    closeSync(openSync(path, 'wx'))
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw stopOf(error, dirname(path))
  }
  if (ageOf(path) > ABANDONED_AFTER_MS) {
    // Of several that find it abandoned only one can rename it; the next round decides who takes its place.
    const aside = `${path}.${process.pid}`
    try {
      renameSync(path, aside)
      rmSync(aside, { force: true })
    } catch {
      // Another was quicker.
    }
  }
  return false
}

function ageOf(path) {
  try {
    return Date.now() - statSync(path).mtimeMs
  } catch {
    return 0
  }
}

function touch(path) {
  try {
    const seconds = Date.now() / 1000
    utimesSync(path, seconds, seconds)
  } catch {
    // Taken from us while the machine slept; the install itself is checked afterwards.
  }
}
