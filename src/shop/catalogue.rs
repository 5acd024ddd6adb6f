//! What the shop sells, where it ships to and who buys: fixed lists that the seed draws from.

use rust_decimal::Decimal;

/// One article of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Article {
    /// `ecs_goods.goods_id`.
    pub id: u32,
    /// `ECS000123`.
    pub sn: String,
    pub name: String,
    pub price: Decimal,
    pub market_price: Decimal,
}

/// A province or a city; `parent` is 1 (China) for a province.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Region {
    pub id: u32,
    pub parent: u32,
    pub name: &'static str,
}

/// The country's own region.
pub(super) const CHINA: Region = Region { id: 1, parent: 0, name: "中国" };

/// Names and base prices in fen; each is sold in several kinds.
const ARTICLES: [(&str, i64); 20] = [
    ("西湖龙井茶", 12800),
    ("安溪铁观音", 9850),
    ("云南普洱茶饼", 26800),
    ("景德镇青花茶具", 39900),
    ("阳澄湖大闸蟹礼券", 58800),
    ("金华火腿", 19999),
    ("山西老陈醋", 1890),
    ("郫县豆瓣酱", 1250),
    ("宁夏枸杞", 4590),
    ("新疆和田枣", 3680),
    ("智能手机", 301000),
    ("电动剃须刀", 39900),
    ("老人手机", 132800),
    ("蓝牙耳机", 10033),
    ("充电宝", 7999),
    ("真丝围巾", 16801),
    ("羊毛衫", 29907),
    ("竹纤维毛巾", 2599),
    ("不锈钢保温杯", 8900),
    ("钢笔", 5503),
];

const KINDS: [(&str, i64); 3] = [("标准装", 0), ("礼盒装", 3000), ("家庭装", 1505)];

/// The catalogue, the same in every shop.
pub(super) fn articles() -> Vec<Article> {
    let kinds = ARTICLES.iter().flat_map(|(name, fen)| KINDS.iter().map(move |(kind, more)| (name, kind, fen + more)));
    (1..)
        .zip(kinds)
        .map(|(id, (name, kind, fen))| Article {
            id,
            sn: format!("ECS{:06}", 99 + id),
            name: format!("{name} {kind}"),
            price: Decimal::new(fen, 2),
            market_price: Decimal::new(fen * 6 / 5, 2),
        })
        .collect()
}

const PROVINCES: [(&str, &[&str]); 12] = [
    ("北京", &["北京"]),
    ("上海", &["上海"]),
    ("广东", &["广州", "深圳", "佛山", "东莞"]),
    ("浙江", &["杭州", "宁波", "温州"]),
    ("江苏", &["南京", "苏州", "无锡"]),
    ("四川", &["成都", "绵阳"]),
    ("湖北", &["武汉", "宜昌"]),
    ("山东", &["济南", "青岛", "烟台"]),
    ("福建", &["福州", "厦门", "泉州"]),
    ("陕西", &["西安", "咸阳"]),
    ("新疆", &["乌鲁木齐", "喀什"]),
    ("内蒙古", &["呼和浩特", "包头"]),
];

/// China, the provinces, then their cities.
pub(super) fn regions() -> Vec<Region> {
    let mut all = vec![CHINA];
    for (id, (name, _)) in (2..).zip(PROVINCES) {
        all.push(Region { id, parent: CHINA.id, name });
    }
    let cities = (2..).zip(PROVINCES).flat_map(|(parent, (_, names))| names.iter().map(move |name| (parent, *name)));
    for (id, (parent, name)) in (52..).zip(cities) {
        all.push(Region { id, parent, name });
    }
    all
}

pub(super) const SURNAMES: [&str; 16] =
    ["王", "李", "张", "刘", "陈", "杨", "黄", "赵", "周", "吴", "徐", "欧阳", "司马", "O'Brien·", "买买提·", "郑"];
pub(super) const GIVEN_NAMES: [&str; 16] =
    ["伟", "芳", "秀英", "娜", "敏", "静", "丽", "强", "磊", "洋", "艳", "勇", "军", "杰", "涛", "超"];
/// Outside the basic plane: only utf8mb4 holds it, ECShop 2.7.3's utf8 does not.
pub(super) const RARE_GIVEN_NAME: &str = "𠮷";
pub(super) const STREETS: [&str; 8] =
    ["人民路", "中山北路", "解放大道", "建设\"老\"街", "长安街", "文一西路", "高新一路", "滨江大道"];
pub(super) const SHIPPING: [(u8, &str, i64); 4] =
    [(1, "顺丰速运", 1500), (2, "申通快递", 1000), (3, "邮政平邮", 520), (4, "上门取货", 0)];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn articles_and_regions_have_keys_of_their_own() {
        let articles = articles();
        assert_eq!(articles.len(), 60);
        assert_eq!(articles.iter().map(|a| a.sn.as_str()).collect::<BTreeSet<_>>().len(), 60);
        assert_eq!(articles[59].id, 60);
        let regions = regions();
        assert_eq!(regions.iter().map(|r| r.id).collect::<BTreeSet<_>>().len(), regions.len());
        assert!(regions.iter().skip(1).all(|r| regions.iter().any(|p| p.id == r.parent)), "a city has its province");
    }
}
