import { DatePicker } from 'antd'
import dayjs from 'dayjs'
import 'dayjs/locale/zh-cn'
import { useSession } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { nowMs } from '#/lib/time.ts'
import { today } from '#/lib/zone.ts'

import type { DayRangeProps } from './day-range.tsx'

const DAY = 'YYYY-MM-DD'

export function DayRangePicker({
  label,
  from,
  to,
  onChange,
  opened,
}: DayRangeProps & { readonly opened: boolean }) {
  const { t, language } = useWording()
  dayjs.locale(language === 'zh' ? 'zh-cn' : 'en')
  const { zone } = useSession().hub
  const day = (ago: number) => dayjs(today(zone, nowMs(), ago))
  return (
    <DatePicker.RangePicker
      className="hf-filter-dates"
      autoFocus={opened}
      defaultOpen={opened}
      aria-label={label}
      placeholder={[label, '']}
      allowEmpty={[true, true]}
      value={[from ? dayjs(from) : null, to ? dayjs(to) : null]}
      onChange={(range) => onChange(range?.[0]?.format(DAY), range?.[1]?.format(DAY))}
      presets={[
        { label: t('time.today'), value: [day(0), day(0)] },
        { label: t('time.days7'), value: [day(6), day(0)] },
        { label: t('time.days30'), value: [day(29), day(0)] },
      ]}
    />
  )
}
