import { CloseOutlined } from '@ant-design/icons'
import { useWording } from '#/i18n/language.tsx'

/** A filter that was set elsewhere (a side panel, a link), shown among the others so that it can be taken away. */
export function FilterChip({ text, onRemove }: { readonly text: string; readonly onRemove: () => void }) {
  const { t } = useWording()
  return (
    <span className="hf-chip">
      {text}
      <button type="button" aria-label={t('common.removeFilter', { text })} onClick={onRemove}>
        <CloseOutlined />
      </button>
    </span>
  )
}
