import { EnvironmentOutlined, FileTextOutlined, WarningFilled } from '@ant-design/icons'
import { Button } from 'antd'
import type { ParcelEvent } from '#/api/parcel-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { FullTime, SourceTimeText } from '#/parts/time-text.tsx'
import { useOverlay } from '#/parts/use-overlay.ts'
import '#/styles/parcels.css'

type Stop = { readonly place: string | null; readonly events: readonly ParcelEvent[] }

/** The way of a parcel, newest first: a stop for every place, its events below, each with its own time and how that is known. */
export function ParcelTimeline({ events }: { readonly events: readonly ParcelEvent[] }) {
  const { t } = useWording()
  if (events.length === 0) return <p className="hf-faint">{t('parcels.drawer.noEvents')}</p>
  return (
    <ol className="hf-way">
      {stopsOf(events).map((stop) => (
        <li
          key={stop.events[0]?.messageId + String(stop.events[0]?.code) + stop.place}
          className="hf-way-stop"
        >
          <div className={stop.place === null ? 'hf-way-place hf-faint' : 'hf-way-place'}>
            <EnvironmentOutlined aria-hidden="true" />
            {stop.place ?? t('parcels.place.unknown')}
          </div>
          <ol>
            {stop.events.map((event) => (
              <Scan key={`${event.messageId} ${event.code} ${event.at.raw} ${event.words}`} event={event} />
            ))}
          </ol>
        </li>
      ))}
    </ol>
  )
}

/** Neighbouring events of one place are one stop; the hub's list is the oldest first, those without a time at its end. */
function stopsOf(events: readonly ParcelEvent[]): Stop[] {
  const stops: { place: string | null; events: ParcelEvent[] }[] = []
  for (const event of events.toReversed()) {
    const last = stops.at(-1)
    if (last !== undefined && (last.place === event.place || !event.isMovement)) last.events.push(event)
    else stops.push({ place: event.place, events: [event] })
  }
  return stops
}

function Scan({ event }: { readonly event: ParcelEvent }) {
  const { t, word } = useWording()
  const { openMessage } = useOverlay()
  const isAmbiguous = event.at.instant === null
  return (
    <li className={`hf-way-scan hf-way-${event.kind}${isAmbiguous ? ' hf-way-ambiguous' : ''}`}>
      <div className="hf-way-head">
        <b>{word('fact', event.kind)}</b>
        {isAmbiguous ? <WarningFilled aria-hidden="true" className="hf-text-wait" /> : null}
        <SourceTimeText time={event.at} />
      </div>
      {event.words ? <p>{event.words}</p> : null}
      {event.reason ? <p className="hf-faint">{event.reason}</p> : null}
      <div className="hf-way-proof hf-faint">
        <span>
          {event.source.name} <code>{event.code}</code>
        </span>
        <span>
          {t('time.raw')} <code>{event.at.raw || '–'}</code>
        </span>
        {event.at.zone ? (
          <span>
            {t('time.zone')} {event.at.zone}
          </span>
        ) : null}
        <span>
          {t('time.received')} <FullTime at={event.receivedAt} />
        </span>
        <Button
          type="link"
          size="small"
          icon={<FileTextOutlined />}
          onClick={() => openMessage(event.messageId)}
        >
          {t('parcels.drawer.message')}
        </Button>
        {event.also.map((one) => (
          <span key={`${one.messageId} ${one.code}`}>
            {t('parcels.drawer.also')} {one.name} <code>{one.code}</code>
            <Button type="link" size="small" onClick={() => openMessage(one.messageId)}>
              {t('parcels.drawer.message')}
            </Button>
          </span>
        ))}
      </div>
    </li>
  )
}
