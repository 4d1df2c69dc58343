import type { DrillDeps } from './deps.ts'
import { ASK_SECONDS, failLost, isOpen, lookAt, performCommand } from './run-drill.ts'
import { answerAsk, failDrills, readAsks, readDrill, readOpenDrills } from './store.ts'

/** The drills of this process: seen every second as long as there are any, so that what they came to is kept whoever looks. */
export type DrillWatch = {
  /** A drill began. */
  readonly wake: () => void
  /** One look; answers how many drills of this process are open. */
  readonly look: () => Promise<number>
  /** Ends every sandbox of this process; their drills have failed unless they ended by themselves. */
  readonly stop: () => Promise<void>
}

const EVERY_MS = 1_000

/** Begins by failing the drills that an earlier life of the hub left running. */
export function startDrillWatch(deps: DrillDeps): DrillWatch {
  let timer: NodeJS.Timeout | null = null
  let isStopped = false
  let turn: Promise<number> = Promise.resolve(0)

  const look = (): Promise<number> => {
    turn = turn.catch(() => 0).then(() => lookAtOwn(deps))
    return turn
  }
  const wake = (): void => {
    if (timer !== null || isStopped) return
    timer = setTimeout(async () => {
      const open = await look().catch((error: unknown) => {
        deps.onError(error)
        return 1
      })
      timer = null
      if (open > 0) wake()
    }, EVERY_MS)
    timer.unref()
  }
  turn = failLost(deps, deps.db).then(
    () => 0,
    (error: unknown) => {
      deps.onError(error)
      return 0
    },
  )
  return {
    wake,
    look,
    stop: async () => {
      isStopped = true
      if (timer !== null) clearTimeout(timer)
      await turn.catch(deps.onError)
      await deps.stage.close()
      const own = (await readOpenDrills(deps.db)).filter((row) => row.process === deps.process)
      const ids = own.map((row) => row.id)
      await failDrills(deps.db, ids, 'the hub was stopped', deps.clock.now())
    },
  }
}

async function lookAtOwn(deps: DrillDeps): Promise<number> {
  const own = (await readOpenDrills(deps.db)).filter((row) => row.process === deps.process)
  if (own.length === 0) return 0
  for (const row of own) await lookAt(deps, row)
  const ids = own.map((row) => row.id)
  for (const ask of await readAsks(deps.db, ids, deps.clock.now().subtract({ seconds: ASK_SECONDS }))) {
    const row = await readDrill(deps.db, ask.run_id)
    const answer =
      row !== null && isOpen(row)
        ? await performCommand(deps, row, ask.command, ask.actor)
        : {
            ok: false as const,
            refusal: { code: 'drills.over_conflict', detail: 'this drill is over' },
          }
    await answerAsk(deps.db, ask.id, answer)
  }
  return own.length
}
