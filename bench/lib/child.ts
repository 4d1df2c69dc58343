import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LIKE_THE_HUB } from '#test-support/hub-process.ts'

export type Child<T> = { readonly ready: T; readonly stop: () => Promise<void> }

/** Runs one of the bench's own scripts in a process of its own; `ready` is the first JSON line that it prints and that is no line of its log. */
export async function startChild<T>(script: string, argument: unknown): Promise<Child<T>> {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, [...LIKE_THE_HUB.words, file, JSON.stringify(argument)], {
    env: LIKE_THE_HUB.environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ready = await firstLine<T>(child, script)
  return {
    ready,
    stop: async () => {
      if (child.exitCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
      await ended
      clearTimeout(timer)
    },
  }
}

function firstLine<T>(child: ChildProcess, script: string): Promise<T> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
      const lines = text.split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) {
        if (!line.startsWith('{')) continue
        if (line.startsWith('{"level":')) process.stderr.write(`${line}\n`)
        else resolve(JSON.parse(line) as T)
      }
    })
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code} before it was ready`)))
  })
}

/** A fresh folder that is removed afterwards. */
export async function withFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  try {
    return await work(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
