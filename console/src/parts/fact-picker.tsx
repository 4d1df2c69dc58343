import { Select } from 'antd'
import type { Fact } from '#/api/intake-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { FACT_GROUPS } from '#/lib/facts.ts'

/** Every fact with the sentence that says what it means, so that nobody decides by the word alone. */
export function FactPicker({
  label,
  value,
  open = false,
  onPick,
  onClose,
}: {
  readonly label: string
  readonly value: Fact | null
  /** Opened and focused at once. */
  readonly open?: boolean
  readonly onPick: (fact: Fact) => void
  readonly onClose?: () => void
}) {
  const { t, word } = useWording()
  const option = (fact: string) => ({
    value: fact,
    label: word('fact', fact),
    hint: word('factHint', fact),
    search: `${word('fact', fact)} ${fact}`,
  })
  const options = [
    ...FACT_GROUPS.map(([group, facts]) => ({
      label: t(`mapping.group.${group}`),
      options: facts.map(option),
    })),
    { label: t('common.none'), options: [option('none')] },
  ]
  return (
    <Select
      className="hf-fact-picker"
      aria-label={label}
      placeholder={t('mapping.decide')}
      value={value}
      autoFocus={open}
      defaultOpen={open}
      showSearch={{ optionFilterProp: 'search' }}
      popupMatchSelectWidth={380}
      listHeight={380}
      options={options}
      optionRender={({ data }) => (
        <span className="hf-fact-option">
          <b>{data.label}</b>
          <span className="hf-faint">{(data as { hint?: string }).hint}</span>
        </span>
      )}
      onSelect={(fact: string) => onPick(fact)}
      onOpenChange={(shown) => {
        if (!shown) onClose?.()
      }}
    />
  )
}
