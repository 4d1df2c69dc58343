// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are passages of source code
import type { Mutant } from './mutant.ts'

export const PARCEL_MUTANTS: readonly Mutant[] = [
  {
    id: 'parcels.reference-forgotten',
    area: 'parcels',
    file: 'src/features/number-pools/take-number.ts',
    find: 'const known = await readTaken(tx, reference, accountId)',
    put: 'const known: string | null = null',
    says: 'asked again after a crash, a pool gives the same parcel a second number',
  },
  {
    id: 'parcels.no-look-before-retry',
    area: 'parcels',
    file: 'src/features/waybills/make/make-waybill.ts',
    find: 'if (isDoubtful || row.attempts > 0) {',
    put: 'if (isDoubtful && row.attempts < 0) {',
    says: 'a carrier whose answer was lost is asked for a waybill again without looking first',
  },
  {
    id: 'parcels.doubt-forgotten',
    area: 'parcels',
    file: 'src/features/waybills/make/make-waybill.ts',
    find: `  if (row.doubtful_account_id !== null)
    return await toReview(`,
    put: `  if (row.doubtful_account_id === 0n)
    return await toReview(`,
    says: 'another account makes a waybill while the first may have made one',
  },
  {
    id: 'parcels.made-for-cancelled',
    area: 'parcels',
    file: 'src/features/waybills/make/make-waybill.ts',
    find: 'if (!isDoubtful && !(await isStillWanted(db, row)))',
    put: 'if (!isDoubtful && row.order_ids.length === 0)',
    says: 'a waybill is asked for although its orders were cancelled meanwhile',
  },
  {
    id: 'parcels.every-refusal-cancels',
    area: 'parcels',
    file: 'src/features/waybills/make/cancel-waybill.ts',
    find: 'return GONE.has(answer.refusal.code)\n',
    put: "return answer.refusal.code !== ''\n",
    says: 'a waybill counts as cancelled although its carrier said that it is too late',
  },
  {
    id: 'parcels.cancelling-untold',
    area: 'parcels',
    file: 'src/features/waybills/make/cancel-waybill.ts',
    find: "  await tellEvent(tx, row, { event: 'waybill_cancelled', at: now, key: `${row.reference}:cancelled`, words })\n",
    put: '',
    says: 'nobody is told that a waybill was cancelled, so its order still counts as shipped',
  },
  {
    id: 'parcels.late-scan-overrides',
    area: 'parcels',
    file: 'src/features/tracking/core/standing.ts',
    find: "if (typeof effect !== 'number' || effect <= stage) continue",
    put: "if (typeof effect !== 'number') continue",
    says: 'the scan with the latest time decides how a parcel stands, however far it was before',
  },
  {
    id: 'parcels.revocation-unheard',
    area: 'parcels',
    file: 'src/features/tracking/core/standing.ts',
    find: '    if (effect === DELIVERED && revokedAt.some((revoked) => !isAfter(fact.at.instant, revoked))) continue\n',
    put: '',
    says: 'tracking shows a delivery that the carrier took back',
  },
  {
    id: 'parcels.shipped-twice',
    area: 'parcels',
    file: 'src/features/reshipments/core/may-ship.ts',
    find: 'return sentOf(line) + quantity > (most ?? 0)',
    put: 'return sentOf(line) > (most ?? 0)',
    says: 'goods that have left may leave once more without a granted re-ship',
  },
  {
    id: 'parcels.proof-without-time',
    area: 'parcels',
    file: 'src/features/reshipments/core/proof.ts',
    find: 'return a !== null && b !== null && Temporal.Instant.compare(a, b) <= 0',
    put: 'return a === null || b === null || Temporal.Instant.compare(a, b) <= 0',
    says: 'a delivery whose time nobody knows does not stand against the proof that a parcel never arrived',
  },
]
