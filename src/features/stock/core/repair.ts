/** Where a counter and what it counts are not the same. */
export type LedgerFault =
  | {
      readonly kind: 'counter'
      readonly sku: string
      readonly warehouse: string
      readonly counter: 'locked' | 'reserved'
      /** What the level says. */
      readonly counted: number
      /** What the open holds (and, for reserved, the quotas' remainders) add up to. */
      readonly held: number
    }
  /** A hold that has ended still has open lines. */
  | { readonly kind: 'ended_open'; readonly holdId: string; readonly key: string; readonly pieces: number }
  /** A hold is said to be held, and nothing of it is open. */
  | { readonly kind: 'held_empty'; readonly holdId: string; readonly key: string; readonly pieces: number }

export type RepairStep = { readonly zh: string; readonly en: string }

/** What a repair does about each fault, and why that is right: holds name their owner, a counter names nobody. */
export function explainRepair(fault: LedgerFault): RepairStep {
  switch (fault.kind) {
    case 'counter': {
      const { sku, warehouse, counter, counted, held } = fault
      const [zh, en] = counter === 'locked' ? ['已锁', 'locked'] : ['预留', 'reserved']
      const diff = held - counted
      const effect =
        diff < 0
          ? { zh: `放出 ${-diff} 件无主占用`, en: `frees ${-diff} that nobody holds` }
          : { zh: `补记 ${diff} 件有主占用`, en: `counts ${diff} that somebody holds` }
      return {
        zh: `${sku} @ ${warehouse}：${zh} ${counted} 改为 ${held}（占用明细之和），${effect.zh}`,
        en: `${sku} at ${warehouse}: ${en} ${counted} becomes ${held}, the sum of its holds; ${effect.en}`,
      }
    }
    case 'ended_open':
      return {
        zh: `占用 ${fault.key} 已结束却仍有 ${fault.pieces} 件未结：按已结束处理，放出这些件`,
        en: `hold ${fault.key} has ended with ${fault.pieces} still open: they are freed`,
      }
    case 'held_empty':
      return {
        zh: `占用 ${fault.key} 标为占用中但没有未结明细：标为已释放`,
        en: `hold ${fault.key} is said to be held and nothing of it is open: it is ended`,
      }
  }
}
