import { AutoComplete } from 'antd'
import { useMemo } from 'react'
import { knownZones } from '#/lib/zone.ts'

/** The zones that this browser knows, found by any part of their name. */
export function ZoneInput({
  value,
  onChange,
  placeholder,
  label,
  id,
}: {
  readonly value?: string
  readonly onChange?: (zone: string) => void
  readonly placeholder?: string
  readonly label?: string
  readonly id?: string
}) {
  const options = useMemo(() => knownZones().map((zone) => ({ value: zone })), [])
  return (
    <AutoComplete
      {...(id === undefined ? {} : { id })}
      allowClear
      aria-label={label}
      placeholder={placeholder}
      value={value ?? ''}
      onChange={(zone: string | undefined) => onChange?.(zone ?? '')}
      options={options}
      showSearch={{
        filterOption: (text, option) =>
          (option?.value ?? '').toLowerCase().includes(text.trim().toLowerCase().replace(' ', '_')),
      }}
    />
  )
}
