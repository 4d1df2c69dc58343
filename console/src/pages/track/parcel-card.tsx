import type { TextKey } from '#/i18n/dictionary.ts'
import { useWording } from '#/i18n/language.tsx'
import { trackZh } from '#/i18n/texts/track.ts'
import { shortDay } from '#/lib/time.ts'
import { useCarrierName } from '#/parts/carrier-name.tsx'
import { CopyButton } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import type { Tone } from '#/theme/palette.ts'
import type { BuyerEvent, BuyerParcel } from './ask-hub.ts'

const TONE: Readonly<Record<string, Tone>> = {
  info_received: 'neutral',
  delivered: 'good',
  delivery_failed: 'bad',
  exception: 'bad',
  ready_for_pickup: 'wait',
  returning: 'wait',
  returned: 'muted',
  cancelled: 'muted',
}

/** One parcel with what happened to it, the newest on top. */
export function ParcelCard({
  parcel,
  title,
}: {
  readonly parcel: BuyerParcel
  readonly title: string | null
}) {
  const { t } = useWording()
  const carrierName = useCarrierName()
  const named = useNamed()
  return (
    <article className="hf-track-card">
      <div className="hf-track-head">
        <Tag tone={TONE[parcel.state] ?? 'move'} dot>
          {named('state', parcel.state)}
        </Tag>
        {title === null ? null : <span className="hf-faint">{title}</span>}
      </div>
      <p className="hf-track-no">
        <span>{parcel.carrier === null ? parcel.carrierName : carrierName(parcel.carrier)}</span>
        <span className="hf-num">{parcel.trackingNo}</span>
        <CopyButton text={parcel.trackingNo} label={t('track.copy')} />
      </p>
      {parcel.events.length === 0 ? <p className="hf-faint">{t('track.noEvents')}</p> : null}
      <ol className="hf-track-line">
        {parcel.events.map((event, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two scans may be alike, and the list is never sorted anew
          <Step key={i} event={event} />
        ))}
      </ol>
    </article>
  )
}

function Step({ event }: { readonly event: BuyerEvent }) {
  const { t } = useWording()
  const named = useNamed()
  return (
    <li>
      <div>
        <b>{named('event', event.kind)}</b>
        {event.place === '' ? null : <span> · {event.place}</span>}
      </div>
      {event.words === '' ? null : <p>{event.words}</p>}
      <small className="hf-faint">
        {event.at === null ? t('track.timeUnknown') : <time dateTime={event.at}>{shortDay(event.at)}</time>}
      </small>
    </li>
  )
}

/** Words for buyers; a code that this page does not know is shown as it is. */
function useNamed(): (family: 'state' | 'event', code: string) => string {
  const { t } = useWording()
  return (family, code) => {
    const key = `track.${family}.${code}`
    return Object.hasOwn(trackZh, key) ? t(key as TextKey) : code
  }
}
