import { useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { connectionsQuery } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { Tag } from '#/parts/tag.tsx'

/** Chooses shops, that is connections of channels; nothing chosen means all. Takes `value` and `onChange` of a form's field. */
export function ShopSelect({
  value,
  onChange,
  disabled = false,
}: {
  readonly value?: readonly string[] | null
  readonly onChange?: (shops: string[]) => void
  readonly disabled?: boolean
}) {
  const { t } = useWording()
  const { data = [] } = useQuery(connectionsQuery)
  return (
    <Select
      mode="multiple"
      allowClear
      aria-label={t('shops.label')}
      placeholder={t('shops.all')}
      optionFilterProp="label"
      maxTagCount="responsive"
      disabled={disabled}
      value={[...(value ?? [])]}
      onChange={(shops) => onChange?.(shops)}
      options={data
        .filter((connection) => connection.role === 'channel')
        .map(({ id, name }) => ({ value: id, label: name }))}
    />
  )
}

/** The shops that a key or a person is confined to, by name. */
export function ShopTags({ shops }: { readonly shops: readonly string[] | null }) {
  const { t } = useWording()
  const { data = [] } = useQuery(connectionsQuery)
  if (shops === null) return <span className="hf-faint">{t('shops.all')}</span>
  return (
    <span className="hf-tags hf-tags-wrap">
      {shops.map((id) => (
        <Tag key={id} tone="neutral">
          {data.find((connection) => connection.id === id)?.name ?? id}
        </Tag>
      ))}
    </span>
  )
}

/** An emptied field means all shops, which the hub is told as null. */
export function shopsOrAll(shops: readonly string[] | null | undefined): readonly string[] | null {
  return shops === undefined || shops === null || shops.length === 0 ? null : shops
}
