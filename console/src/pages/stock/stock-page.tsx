import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'

export function StockPage() {
  const { t } = useWording()
  return (
    <div className="hf-page">
      <PageHeader title={t('stock.title')} lead={t('stock.lead')} />
    </div>
  )
}
