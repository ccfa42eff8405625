"""The sentences of reports in Chinese, by their English ones. A mention is 提及, and never a use."""

CHINESE = {
    " ": "",
    " and ": "、",
    ", ": "、",
    # tables
    "framework": "框架",
    "term": "词语",
    "papers {years}": "论文数 {years}",
    "papers": "论文数",
    "years": "年份",
    "year": "年份",
    "change": "变化",
    "new": "新出现",
    "share of readable papers": "占可读论文的比例",
    "share of listing entries": "占列表条目的比例",
    "points (95 % interval)": "百分点（95 % 区间）",
    "share, points (95 % interval)": "比例变化，百分点（95 % 区间）",
    "share {year} (95 % interval)": "{year} 年比例（95 % 区间）",
    "p adjusted": "校正后 p",
    "verdict": "结论",
    "rose": "上升",
    "fell": "下降",
    "no clear change": "无明显变化",
    "{low} to {high}": "{low} 至 {high}",
    "{plain}; {all_} {whole}": "{plain}；{all_} {whole}",
    "body": "正文",
    "appendix": "附录",
    "references": "参考文献",
    "other": "其他",
    "only in the references": "仅在参考文献中",
    "only as a URL": "仅为网址",
    "ledger": "台账",
    "submissions listed": "列出的投稿",
    "readable": "可读",
    "entries of the listing searched": "检索的列表条目",
    "empty (under 200 letters)": "无文本（少于 200 个字母）",
    "unreadable (damaged, encrypted or no PDF)": "不可读（损坏、加密或不是 PDF）",
    "timeout (not read in time)": "读取超时",
    "crashed the reader": "读取程序崩溃",
    "no PDF in the listing": "列表中没有 PDF",
    "not fetched": "未获取",
    "of these here, but not read yet": "其中已有文件但尚未读取",
    # readings
    "{entry}, by reading": "{entry}（按不同口径）",
    "any": "任意提及",
    "body+appendix": "正文和附录",
    "only": "仅此一个",
    "grouped": "合并计数",
    "substring": "子串",
    "accepted only": "仅录用论文",
    "holds": "是否一致",
    "{verdict}: all of {total}": "{verdict}：全部 {total} 种口径",
    "{verdict}: {count} of {total}": "{verdict}：{total} 种口径中的 {count} 种",
    "Not told: {reading}, because {why}.": "无法给出：{reading}，原因：{why}。",
    "Not told for {names}: {reading}, because {why}.": "{names} 无法给出：{reading}，原因：{why}。",
    "such a substring also stands in other words or for other things": "这样的子串也出现在其他词语中或另有所指",
    "Shown are the first and the last year with readable papers.": "只列出有可读论文的首年和末年。",
    "In parentheses: the change of the share in points.": "括号内：比例变化（百分点）。",
    "Readings that differ: {each}.": "结论不同的口径：{each}。",
    "{framework} ({readings})": "{framework}（{readings}）",
    "{share} ({interval})": "{share} ({interval})",
    "{reading}: {verdict}": "{reading}：{verdict}",
    "papers of {year} that mention both": "{year} 年同时提及两者的论文",
    "Readings: any mention in the PDF's text; without references; papers that mention only this one of its group; "
    "with what is counted with it; any substring; accepted papers only.": "口径：PDF 文本中的任意提及；不含参考文献；"
    "只提及同组中这一个的论文；与归入它的框架合并；任意子串；仅录用论文。",
    "Readings: any mention in the PDF's text; without references; any substring; accepted papers only.": "口径：PDF 文本中的任意"
    "提及；不含参考文献；任意子串；仅录用论文。",
    # published counts
    "published": "已发表",
    "ours": "本次",
    "difference": "差",
    "why they may differ": "可能的差异原因",
    "{papers} of {total}": "{total} 篇中的 {papers} 篇",
    "same rule and number of papers": "规则和论文数相同",
    "another rule": "规则不同",
    "another rule (substring)": "规则不同（子串）",
    "other groups": "分组不同",
    "other papers in the total": "论文总数不同",
    "perhaps other versions of the papers": "可能是论文的其他版本",
    "our year is incomplete": "本次该年份不完整",
    # titles
    "{venue} {years}: papers that mention a framework": "{venue} {years}：提及各框架的论文",
    "{venue} {years}: papers that mention a framework in title, abstract, TL;DR or keywords": "{venue} {years}："
    "在标题、摘要、TL;DR 或关键词中提及各框架的论文",
    "{venue} {years}: papers that mention a framework in the body": "{venue} {years}：在正文中提及各框架的论文",
    "{venue} {years}: papers that mention a framework in the appendix": "{venue} {years}：在附录中提及各框架的论文",
    "{venue} {years}: papers that mention a framework in the references": "{venue} {years}：在参考文献中提及各框架的论文",
    "{venue} {years}: papers that mention a framework in body or appendix": "{venue} {years}："
    "在正文或附录中提及各框架的论文",
    "{venue} {years}: papers that mention a term": "{venue} {years}：提及各词语的论文",
    "{venue} {years}: papers that mention a term in title, abstract, TL;DR or keywords": "{venue} {years}："
    "在标题、摘要、TL;DR 或关键词中提及各词语的论文",
    "{venue} {years}: papers that mention a term in the body": "{venue} {years}：在正文中提及各词语的论文",
    "{venue} {years}: papers that mention a term in the appendix": "{venue} {years}：在附录中提及各词语的论文",
    "{venue} {years}: papers that mention a term in the references": "{venue} {years}：在参考文献中提及各词语的论文",
    "{venue} {years}: papers that mention a term in body or appendix": "{venue} {years}：在正文或附录中提及各词语的论文",
    "{title}, or what is counted with it": "{title}（含归入它的框架）",
    "the expression {named}": "正则表达式 {named}",
    "of these {population}": "其中{population}",
    "Published at {places}": "发表于 {places}",
    "without the papers of some companies": "不含某些公司的论文",
    "the papers were counted without zones": "计数时未区分位置",
    "no decision is known": "没有已知的录用结果",
    "the substring rule cannot look for the regular expression of a term": "子串规则无法检索正则表达式形式的词语",
    "the folder does not tell": "该文件夹中没有相关信息",
    " or ": "或",
    "{year}: no paper is known to be {status}.": "{year} 年：没有已知{status}的论文。",
    "{title}, alone of its group": "{title}（同组中仅提及这一个）",
    # how it was counted
    "Population: {population}, {listed}. {searched} Rule: {rule}. {counted}": "总体：{population}，{listed}。"
    "{searched}规则：{rule}。{counted}",
    "all submissions": "全部投稿",
    "all papers at hand": "全部手头论文",
    "{statuses} papers": "{statuses}的论文",
    "accepted": "被录用",
    "rejected": "被拒",
    "withdrawn": "撤稿",
    "desk-rejected": "直接拒稿",
    "undecided or unknown": "结果未知",
    "no listing": "没有列表",
    "listed {dates}": "列表日期 {dates}",
    "{year} without a listing": "{year} 年没有列表",
    "Searched: the PDFs' whole text.": "检索范围：PDF 全文。",
    "Searched: the listing's own words (front), not the PDFs.": "检索范围：列表中的文字，不含 PDF。",
    "Searched: the body alone, without appendix and references.": "检索范围：仅正文，不含附录和参考文献。",
    "Searched: the appendix alone.": "检索范围：仅附录。",
    "Searched: the reference lists alone.": "检索范围：仅参考文献。",
    "Searched: body and appendix, without references.": "检索范围：正文和附录，不含参考文献。",
    "the lexicon's rules (version {lexicon})": "词典规则（版本 {lexicon}）",
    "case-insensitive substring, as the 2018 search boxes counted": "不区分大小写的子串，与 2018 年的搜索框相同",
    "{phrases} as whole words in any case, in lower case also the plural": "{phrases}（完整词语，不区分大小写；小写词语也计复数）",
    "A paper counts once.": "每篇论文只计一次。",
    "A paper counts if it mentions no other framework of the same group.": "论文未提及同组其他框架时才计入。",
    "A paper counts also for the framework that the one it mentions is counted with.": "论文也计入其所提及框架归入的框架。",
    "Submissions listed: {grown}.": "列出的投稿：{grown}。",
    "{first} ({year_from}) → {last} ({year_to}), {change} %": "{first}（{year_from} 年）→ {last}（{year_to} 年），{change} %",
    "Nothing could be counted: no paper was searched.": "无法计数：没有检索任何论文。",
    "No {entry} is mentioned in 1 % or more of any year's papers.": "没有{entry}在任何一年被 1 % 以上的论文提及。",
    "In under 1 % of each year's papers: {found}.": "每年占论文不到 1 % 的：{found}。",
    "The columns of zones tell of any mention by the lexicon's rules.": "各部分的列按词典规则统计任何提及。",
    "change {years}": "变化 {years}",
    # changes
    "p: two-sided z test, adjusted by Holm over a family of {family} (rows: {frameworks}, pairs of years: {pairs}); a "
    "verdict needs an adjusted p under 0.05, the intervals (Newcombe) are not adjusted; differences are computed before "
    "rounding.": "p：双侧 z 检验，按 Holm 法对 {family} 次比较校正（{frameworks} 行，{pairs} 对年份）；校正后 p 小于 0.05 "
    "才下结论，区间（Newcombe）未校正；差值在舍入前计算。",
    "{framework} {years}: {clause}.": "{framework} {years}：{clause}。",
    "{framework} {years}: so few papers that the z test is rough; go by the counts.": "{framework} {years}：论文太少，z 检验只是"
    "粗略的；请以篇数为准。",
    "Trend over {years} (Cochran-Armitage, p adjusted by Holm over a family of {family}): {each}.": "{years} 年趋势"
    "（Cochran-Armitage 检验，p 按 Holm 法对 {family} 次检验校正）：{each}。",
    "{framework} no clear trend (adjusted p {p})": "{framework} 无明显趋势（校正后 p {p}）",
    "{framework} {points} points a year (adjusted p {p})": "{framework} 每年 {points} 个百分点（校正后 p {p}）",
    "under {value}": "小于 {value}",
    "the plain interval ({interval} points) holds 0, but the test finds a change (adjusted p {adjusted})": "未校正区间"
    "（{interval} 个百分点）包含 0，但检验发现有变化（校正后 p {adjusted}）",
    "the plain interval ({interval} points) leaves out 0, but among {family} comparisons that is not enough (p {p}, "
    "adjusted {adjusted})": "未校正区间（{interval} 个百分点）不含 0，但在 {family} 次比较中还不够（p {p}，校正后 {adjusted}）",
    "the plain interval ({interval} points) leaves out 0 by little, and the test does not confirm it (p {p})": "未校正区间"
    "（{interval} 个百分点）勉强不含 0，而检验未予证实（p {p}）",
    # sentences
    "{share}, 95 % CI {interval}": "{share}，95 % 置信区间 {interval}",
    "papers at hand": "手头论文",
    "Of the {readable} readable of {listed} submissions to {venue} {year}, {papers} ({share}) {mention}.": "{venue} {year}"
    "共有投稿 {listed} 篇，其中可读 {readable} 篇，{papers} 篇（{share}）{mention}。",
    "Of the {readable} readable of {listed} {which} of {venue} {year}, {papers} ({share}) {mention}.": "{venue} {year}"
    "{which}共 {listed} 篇，其中可读 {readable} 篇，{papers} 篇（{share}）{mention}。",
    "{framework} and no other framework of its group": "{framework}（未提及同组其他框架）",
    "{framework} or what is counted with it": "{framework} 或归入它的框架",
    "Of the listing entries of {readable} {which} to {venue} {year}, {papers} ({share}) {mention}.": "{venue} {year}列表"
    "所载 {readable} 篇{which}中，{papers} 篇（{share}）{mention}。",
    "submissions": "投稿",
    "listed papers": "论文",
    "the whole listing": "整个列表",
    "Of the {papers} {which} of {year} that are readable or not fetched, at least {least} and at most {most} {mention}.": ""
    "{year} 年可读或未获取的 {papers} 篇{which}中，至少 {least} 篇、至多 {most} 篇{mention}。",
    "{year}": "{year} 年",
    "{year} (incomplete)": "{year} 年（不完整）",
    "{year} (incomplete; the papers read were not chosen at random)": "{year} 年（不完整；已读论文并非随机选取）",
    "Note: {clause}.": "注：{clause}。",
    "{sentence}, against {papers} of {readable} ({share}) in {year}.": "{sentence}；{year}为 {readable} 篇中的 {papers} "
    "篇（{share}）。",
    "mention": "提及",
    "mentions": "提及",
    "{mention} {framework}": "{mention} {framework}",
    "{mention} {framework} in title, abstract, TL;DR or keywords": "在标题、摘要、TL;DR 或关键词中{mention} {framework}",
    "{mention} {framework} in the body": "在正文中{mention} {framework}",
    "{mention} {framework} in the appendix": "在附录中{mention} {framework}",
    "{mention} {framework} in the references": "在参考文献中{mention} {framework}",
    "{mention} {framework} in body or appendix": "在正文或附录中{mention} {framework}",
    "The share rose by {points} points (95 % CI of the change {interval}).": "比例上升 {points} 个百分点（变化的 95 % 置信区间 {interval}）。",
    "The share fell by {points} points (95 % CI of the change {interval}).": "比例下降 {points} 个百分点（变化的 95 % 置信区间 {interval}）。",
    "The share shows no clear change ({change} points, 95 % CI {interval}).": "比例无明显变化（{change} 个百分点，95 % 置信区间 {interval}）。",
    "Source: papertally {version}, {venue} {years}, {population}, {listed}; rule: {rule}.": "来源：papertally {version}，"
    "{venue} {years}，{population}，{listed}；规则：{rule}。",
    # notices
    "Warning: {year}: {count} of {listed} papers cannot be had (the ledger says why); the papers read are no random part "
    "of the listing.": "警告：{year} 年：{listed} 篇论文中有 {count} 篇无法获取（原因见台账）；已读论文不是列表的随机样本。",
    "Warning: {year}: {count} of {listed} listing entries have no abstract, so that less was searched.": "警告：{year} 年："
    "{listed} 个列表条目中有 {count} 个没有摘要，检索的文字较少。",
    "{years}: not in this report, as nothing is stored.": "本报告不含 {years} 年：没有存储该年的论文。",
    "{year}: {count} papers of earlier listings have left the listing and are not counted.": "{year} 年：较早列表中的 {count} "
    "篇论文已不在列表中，未计入。",
    "Warning: {file} is not the file that its datapackage.json was written with, so the counts may be wrong.": "警告：{file} 与 datapackage.json 所记录的文件不符，计数可能有误。",
    "{year}: the status of {count} of {submissions} submissions is not known; some of them may be {status}.": "{year} 年："
    "{submissions} 篇投稿中有 {count} 篇结果未知，其中一些可能{status}。",
    "Warning: {years}: papers that were added by hand tell of the whole listing only where they are a random sample of it.": "警告：{years} 年：手工添加的论文只有在是列表的随机样本时才能代表整个列表。",
    "{years}: the papers read are a random sample, as papers are fetched in an order fixed by a hash of their ids. The "
    "interval for the whole listing is Wilson's with n(N−1)/(N−n) in place of n, of N listed.": "{years} 年：论文按其编号的"
    "散列值所定的顺序获取，因此已读论文是随机样本。整个列表的区间是 Wilson 区间，其中以 n(N−1)/(N−n) 代替 n，N 为列表篇数。",
    "{mark} {year} is incomplete: {missing} of {listed} {which} are not fetched; each count may be up to {missing} "
    "higher.": "{mark} {year} 年不完整：{listed} 篇{which}中有 {missing} 篇未获取；每个计数最多可能再高 {missing}。",
    "{mark} {year} is incomplete: {missing} of {listed} {which} are not fetched; each count may be up to {missing} "
    "higher by these, without the papers that could not be read ({unread}).": "{mark} {year} 年不完整：{listed} 篇{which}中有 "
    "{missing} 篇未获取，每个计数因此最多可能再高 {missing}；无法读取的 {unread} 篇论文不在此列。",
    "Warning: {year}: papers that could not be read: {unread} (the ledger says why), beside {readable} that could; the "
    "shares are of the latter alone.": "警告：{year} 年：{unread} 篇论文无法读取（原因见台账），可读的有 {readable} 篇；比例仅就可读论文而言。",
    "Warning: {names}: such a substring also stands in other words or for other things, so that its count says nothing of "
    "the software; there is no sentence to quote of it.": "警告：{names}：这样的子串也出现在其他词语中或另有所指，其计数不能说明"
    "软件的提及情况，因此不提供可引用的句子。",
    "{year} {framework}: {papers} of {readable} readable, {share}; 95 % interval {interval}, for {all_} "
    "{whole}; {papers} to {most} papers.": "{year} {framework}：可读的 {readable} 篇中有 {papers} 篇，{share}；95 % 区间 "
    "{interval}，{all_}的区间 {whole}；{papers} 至 {most} 篇。",
    "{year} {framework}: {papers} of {readable} readable, {share}; 95 % interval {interval}; {papers} to {most} "
    "papers.": "{year} {framework}：可读的 {readable} 篇中有 {papers} 篇，{share}；95 % 区间 {interval}；{papers} 至 {most} 篇。",
    "Warning: {year}: the papers read are no random part of the listing ({parts}); the shares are theirs, and say little "
    "of the rest.": "警告：{year} 年：已读取的论文不是列表的随机部分（{parts}）；比例只代表这些论文，难以说明其余论文。",
    "{status} {here} of {listed}": "{status} {listed} 篇中的 {here} 篇",
    "{year}: none of {listed} papers is readable, so nothing could be counted.": "{year} 年：{listed} 篇论文均不可读，无法计数。",
    "{year} {revision}": "{year} 年{revision}",
    "{year}: {pages}": "{year} 年：{pages}",
    "as first submitted": "首次提交版",
    "as they stand now": "当前版",
    "version not known": "版本未知",
    "several versions": "多个版本",
    "none read": "未读取",
    "{year}: {count} of {readable} papers were read in an earlier version than the one listed.": "{year} 年：{readable} "
    "篇中有 {count} 篇读取的版本早于所列版本。",
    "{year}: {count} of {readable} papers were read in a later version than the one listed.": "{year} 年：{readable} "
    "篇中有 {count} 篇读取的版本晚于所列版本。",
    "Warning: different versions of the papers stand side by side ({which}); between a submitted and a final version counts "
    "move by 8 to 32 %.": "警告：比较的是论文的不同版本（{which}）；投稿版与最终版之间计数相差 8 % 至 32 %。",
    "Warning: accepted papers are read in their final version, the others as last submitted; between the two counts "
    "move by 8 to 32 %. --population accepted compares like with like.": "警告：录用论文读取的是最终版，其他论文为最后提交版；"
    "两者之间计数相差 8 % 至 32 %。--population accepted 可比较同类版本。",
    "Warning: the texts come from different engines ({engines}).": "警告：文本由不同的引擎提取（{engines}）。",
    "Warning: papers differ in length (median pages {each}); longer ones mention more.": "警告：论文篇幅不同（页数中位数 "
    "{each}）；较长的论文提及更多。",
    # chart
    "Bar chart": "条形图",
    "Slope chart": "斜率图",
    "Line chart": "折线图",
    "{form}: {title}.": "{form}：{title}。",
    "Axis: {axis}; years: {years}.": "数轴：{axis}；年份：{years}。",
    "share of readable papers, %": "占可读论文的比例（%）",
    "share of listing entries, %": "占列表条目的比例（%）",
    "number of papers": "论文数（篇）",
    "incomplete": "不完整",
    "missing": "缺失",
    "{framework}: {counts} papers ({shares}).": "{framework}：{counts} 篇论文提及（{shares}）。",
    "The share rose: {names}.": "比例上升：{names}。",
    "The share fell: {names}.": "比例下降：{names}。",
    "No clear change of the share: {names}.": "比例无明显变化：{names}。",
    "Mentioned by most: {framework}.": "提及最多的是 {framework}。",
    "Not drawn: {names}.": "未画出：{names}。",
    "{year} is not drawn.": "{year} 年未画出。",
    "{years} are not drawn.": "{years} 年未画出。",
    "{count} more notes stand beside the table.": "另有 {count} 条说明见表格旁。",
    "Labels: papers.": "标签：论文数。",
    "Labels: papers in the first and in the last year.": "标签：首年与末年的论文数。",
    "Labels: papers in {years}.": "标签：{years} 年的论文数。",
    "Whiskers: 95 % Wilson intervals.": "须线：95 % Wilson 区间。",
    "Ribbons, or whiskers at single points: 95 % Wilson intervals.": "色带（单点处为须线）：95 % Wilson 区间。",
    "Whiskers: up to the count if all papers not fetched were to mention it.": "须线上端：假设未获取的论文全部提及时的"
    "论文数。",
    "Pale bars: up to the count if all papers not fetched were to mention it.": "浅色条：至未获取的论文全部提及时的论文数。",
    "Broken lines: years between are missing from the report ({years}).": "断开的线：其间的年份不在本报告中（{years}）。",
    "Dotted lines: first releases; a year's point stands at its middle.": "竖向点线：首次发布；各年的点位于该年年中。",
    "First released outside the years shown: {names}.": "首次发布不在所示年份内：{names}。",
    "Date of the first release not known: {names}.": "首次发布日期不详：{names}。",
    "Bars have no time axis, so the chart marks no releases; --chart slope or lines does.": "条形图没有时间轴，因此未标出"
    "发布日期；请改用 --chart slope 或 lines。",
    "No font with Chinese characters was found, so the chart is in English. To have it in Chinese install one: "
    "`apt install fonts-noto-cjk` (Debian, Ubuntu) or `brew install font-noto-sans-cjk` (macOS).": "未找到中文字体，图表"
    "因此为英文。如需中文图表请安装字体：`apt install fonts-noto-cjk`（Debian、Ubuntu）或 "
    "`brew install font-noto-sans-cjk`（macOS）。",
    "No font here has the characters {characters}; the chart shows ids or code points in their place.": "没有字体包含字符 "
    "{characters}；图中以编号或码位代替。",
    "`apt install fonts-noto-cjk` or `brew install font-noto-sans-cjk` brings the Chinese ones.": "`apt install "
    "fonts-noto-cjk` 或 `brew install font-noto-sans-cjk` 提供中文字符。",
    "Missing between these years: {years}.": "其间缺少：{years}。",
    "First releases marked: {names}.": "图中标出首次发布：{names}。",
    "Pale dashes lead to and from lower bounds (incomplete years).": "浅色虚线连接不完整年份的下限。",
    "No chart": "无图表",
    # the page and the method box
    "Papers and shares": "论文数与比例",
    "Shares with their intervals": "比例及其区间",
    "Changes between years": "年际变化",
    "Beside published figures": "与已发表数字对照",
    "What became of every submission": "每篇投稿的去向",
    "Does it hold under other readings?": "换一种口径是否仍成立？",
    "Mentioned together": "同时提及",
    "Skip to the tables": "跳到表格",
    "On this page": "本页内容",
    "Chart": "图表",
    "The chart in words": "图表的文字说明",
    "To be said with these numbers": "引用这些数字时须说明",
    "Papers that could not be searched": "未能检索的论文",
    "Sentences from the papers": "论文原句",
    "Files with all numbers": "全部数据文件",
    "Made by papertally {version}. This page loads nothing from elsewhere.": "由 papertally {version} 生成。本页不从别处"
    "加载任何内容。",
    "Wide tables scroll sideways.": "较宽的表格可以横向滚动。",
    "{table} (scrolls sideways)": "{table}（可横向滚动）",
    "{framework} {year}: {papers} of {readable} papers, {share} (95 % interval {interval})": "{framework} {year}："
    "{readable} 篇论文中 {papers} 篇提及，{share}（95 % 区间 {interval}）",
    "{venue} {year}, page {page}, {zone}": "{venue} {year}，第 {page} 页，{zone}",
    "{shares}": "{shares}",
    "{framework}, share of papers {years}": "{framework}，占论文的比例 {years}",
    "How this was counted": "统计方法",
    "{count} almost empty": "{count} 篇几乎没有文本",
    "{count} damaged or encrypted": "{count} 篇损坏或加密",
    "{count} not read in time": "{count} 篇读取超时",
    "{count} crashed the reader": "{count} 篇使读取程序崩溃",
    "{count} without a PDF": "{count} 篇没有 PDF",
    "{count} not fetched": "{count} 篇未获取",
    "{count} without an entry in the listing": "{count} 篇不在列表中",
    "Counted: papers of {venue} {years} that mention a {entry}, not how they use it. {counted}": "统计对象：{venue} {years} "
    "中提及{entry}的论文，不判断其用途。{counted}",
    "Rule: {rule}.": "规则：{rule}。",
    "Rule: {rule}; lexicon version {lexicon}.": "规则：{rule}；词典版本 {lexicon}。",
    "Population: {population}, {listed}: {papers} papers, {readable} searched.": "总体：{population}，{listed}；"
    "共 {papers} 篇论文，检索了其中 {readable} 篇。",
    "listed between {first} and {last}": "列表日期 {first} 至 {last}",
    "Versions read: {revisions}.": "所读版本：{revisions}。",
    "{revision} ({years})": "{revision}（{years} 年）",
    "Text engine: {engines}.": "文本提取：{engines}。",
    "imported as text": "以文本形式导入",
    "{count} others": "另外 {count} 种",
    "Not searched: {papers}.": "未检索：{papers}。",
    "none": "无",
    "Checked by hand: {figures}": "人工核对：{figures}",
    "Interval: all readable papers of a complete year are counted; the 95 % interval is no error of the count, but tells "
    "how far such a share could differ by chance.": "区间：完整年份的可读论文已全部统计，因此 "
    "95 % 区间不是计数误差，而是表示仅凭偶然，这样一个年份的比例可能相差多少。",
    "Interval: how far such a share could differ by chance.": "区间：仅凭偶然，这样一个比例可能相差多少。",
    "Counts of incomplete years (*) are lower bounds.": "不完整年份（*）的论文数是下限。",
    "Repeat in this folder (papertally {version}): {command}": "在本报告的文件夹中用 papertally {version} 复现：{command}",
    # hand-checking
    "; ": "；",
    "{framework} {year}: {raw} counted, {value} corrected.": "{framework} {year} 年：计数 {raw}，校正后 {value}。",
    "{count} frameworks": "{count} 个框架",
    "{judged} mentions of {frameworks} read, precision overall {precision} ({interval}).": "已读 {judged} 处提及（{frameworks}），全部提及的精确率 {precision}（{interval}）。",
    "{judged} mentions of {frameworks} read in all papers and zones, precision overall {precision} ({interval}).": "人工核对 "
    "{frameworks} 的 {judged} 处提及（取自全部论文的全文），全部提及的精确率 {precision}（{interval}）。",
    "Near misses ({judged} of {near} judged) put recall at {interval} at most.": "由疑似遗漏（{near} 篇中判断了 {judged} "
    "篇）估计，召回率至多 {interval}。",
    "Annotators' kappa: {kappa}.": "标注者一致性：kappa {kappa}。",
    "{year}: {raw} counted, {value} corrected ({low} to {high})": "{year} 年：计数 {raw}，校正后 {value}（{low} 至 {high}）",
    "{framework}: precision {precision} ({interval}); {counts}.": "{framework}：精确率 {precision}（{interval}）；{counts}。",
}
"""English to Chinese."""
