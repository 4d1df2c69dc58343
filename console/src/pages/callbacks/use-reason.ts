import type { CallbackHealth } from '#/api/callback-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { rateText, shortAddress } from './figures.ts'

/** One line that says why a row has its verdict, with the figures. */
export function useReason(): (health: CallbackHealth) => string {
  const { t, count, roughly } = useWording()
  return ({ verdict, silence, tenMinutes: recent, codes, address, ackDeadlineMs, expectedPerHour }) => {
    const requests =
      recent.accepted + recent.duplicate + recent.challenge + recent.rejected + recent.unavailable
    const since = roughly((silence?.minutes ?? 0) * 60)
    switch (verdict) {
      case 'silent':
        return silence?.expected == null
          ? t('callbacks.why.silentFixed', { since })
          : t('callbacks.why.silent', { since, expected: rateText(silence.expected) })
      case 'all_rejected':
        return t('callbacks.why.allRejected', {
          n: count(recent.rejected),
          code: Object.keys(codes)[0] ?? '',
        })
      case 'signature_failures':
        return t('callbacks.why.forged', { n: count(recent.forged), of: count(requests) })
      case 'unavailable':
        return t('callbacks.why.unavailable', { n: count(recent.unavailable), of: count(requests) })
      case 'slow':
        return t('callbacks.why.slow', { n: count(recent.late), of: count(requests), ms: ackDeadlineMs ?? 0 })
      case 'wrong_address': {
        const odd = address.observed.find(({ match }) => match !== null && match !== 'same')
        return address.worst !== null && address.match !== 'same'
          ? t('callbacks.why.registered', { url: shortAddress(address.worst) })
          : t('callbacks.why.observed', { origin: odd?.origin ?? '' })
      }
      case 'ok':
        return expectedPerHour === null
          ? t('callbacks.why.okFixed', { since })
          : t('callbacks.why.ok', { since, rate: rateText(expectedPerHour) })
      default:
        return t(`callbacks.why.${verdict}`)
    }
  }
}
