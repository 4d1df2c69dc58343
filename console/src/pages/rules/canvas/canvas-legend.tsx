import { useWording } from '#/i18n/language.tsx'

/** What the colours mean. */
export function CanvasLegend({ of }: { readonly of: 'diff' | 'lit' }) {
  const { t } = useWording()
  if (of === 'lit') return <div className="hf-rule-legend">{t('canvas.lit.legend')}</div>
  return (
    <ul className="hf-rule-legend" aria-label={t('canvas.diff.legend')}>
      <li className="hf-rule-legend-added">{t('canvas.diff.added')}</li>
      <li className="hf-rule-legend-removed">{t('canvas.diff.removed')}</li>
      <li className="hf-rule-legend-changed">{t('canvas.diff.changed')}</li>
    </ul>
  )
}
