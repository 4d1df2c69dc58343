import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { useState } from 'react'
import { get } from '#/api/client.ts'
import { PARCELS, type ParcelDetail } from '#/api/parcel-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { FindingTag } from './parcel-tag.tsx'
import { ParcelTimeline } from './parcel-timeline.tsx'

/** The same way that the parcel's own drawer shows, inside an order; read once somebody wants to see it. */
export function ParcelTrack({ number }: { readonly number: string }) {
  const { t } = useWording()
  const can = useCan()
  const [isOpen, setOpen] = useState(false)
  const { data } = useQuery({
    queryKey: ['parcel', number],
    queryFn: ({ signal }) => get<ParcelDetail>(`${PARCELS}/${encodeURIComponent(number)}`, {}, signal),
    enabled: isOpen,
    refetchInterval: 10_000,
    retry: false,
  })
  if (!can('parcels:read')) return null
  return (
    <div className="hf-parcel-track">
      <div className="hf-parcel-row">
        <Button size="small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {t('parcels.drawer.timeline')}
        </Button>
        <Link to="/parcels" search={{ open: number }} preload={false}>
          {t('parcels.title')}
        </Link>
        {data ? <FindingTag finding={data.parcel.finding} /> : null}
      </div>
      {isOpen && data ? <ParcelTimeline events={data.events} /> : null}
    </div>
  )
}
