import { CalendarOutlined } from '@ant-design/icons'
import { Input } from 'antd'
import { lazy, Suspense, useState } from 'react'

export type DayRangeProps = {
  readonly label: string
  readonly from: string | undefined
  readonly to: string | undefined
  readonly onChange: (from: string | undefined, to: string | undefined) => void
}

// The calendar is a tenth of the first load and seldom the first thing touched: it comes when the field is.
const Picker = lazy(() =>
  import('./day-range-picker.tsx').then((module) => ({ default: module.DayRangePicker })),
)

/** Two days of the hub's zone, both included; empty means open on that side. */
export function DayRange(props: DayRangeProps) {
  const [touched, setTouched] = useState(false)
  const standIn = (
    <Input
      className="hf-filter-dates"
      placeholder={props.label}
      aria-label={props.label}
      suffix={<CalendarOutlined aria-hidden="true" className="hf-faint" />}
      readOnly
      onFocus={() => setTouched(true)}
    />
  )
  if (!touched && !props.from && !props.to) return standIn
  return (
    <Suspense fallback={standIn}>
      <Picker {...props} opened={touched} />
    </Suspense>
  )
}
