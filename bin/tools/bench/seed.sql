-- :size aspirations beside the demonstration's, nineteen of twenty in the consultation that is open. Run by seeding.py,
-- with triggers off. Statements end with a semicolon at the end of a line.
-- Of every list the first option gets the most rows and the last one the fewest: options are drawn with steep().

CREATE SCHEMA seed;

CREATE FUNCTION seed.steep(options bigint) RETURNS bigint LANGUAGE sql VOLATILE AS
'SELECT 1 + floor(options * random() ^ 3)::bigint';

CREATE FUNCTION seed.level(options bigint) RETURNS bigint LANGUAGE sql VOLATILE AS
'SELECT 1 + floor(options * random())::bigint';

-- aspirations/reference.py: five signs that no two numbers share, and the check sign of ISO 7064 (hybrid, modulus 29).
CREATE FUNCTION seed.code(year integer, number bigint) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    alphabet text := '23456789ACDEFGHJKLMNPQRTVWXY';
    left_over bigint := number * 7919 % 17210368;
    body text := '';
    digit integer;
    digits integer[] := '{}';
    rest integer := 14;
BEGIN
    FOR step IN 1..5 LOOP
        digits := digits || (left_over % 28)::integer;
        left_over := left_over / 28;
    END LOOP;
    FOREACH digit IN ARRAY digits LOOP
        body := body || substr(alphabet, digit + 1, 1);
        rest := (CASE rest WHEN 0 THEN 28 ELSE rest END * 2 % 29 + digit) % 28;
    END LOOP;
    rest := CASE rest WHEN 0 THEN 28 ELSE rest END * 2 % 29;
    RETURN format('RK%s-%s-%s', lpad((year % 100)::text, 2, '0'), body, substr(alphabet, (29 - rest) % 28 + 1, 1));
END $$;

-- Words --------------------------------------------------------------------------------------------------------------

-- Those of the plan itself, one for each stem, without what the search leaves out. Kept for the bench.
CREATE TABLE seed.word AS
SELECT row_number() OVER (ORDER BY uses DESC, word) AS rank, word
FROM (
    SELECT DISTINCT ON (stem) word, sum(uses) OVER (PARTITION BY stem) AS uses
    FROM (
        SELECT lower(word) AS word, ts_lexize('indonesian_stem', lower(word)) AS stem, count(*) AS uses
        FROM consultations_blocktext,
            regexp_split_to_table(regexp_replace(html, '<[^>]+>|&\w+;', ' ', 'g'), '[^[:alpha:]]+') AS word
        WHERE length(word) BETWEEN 5 AND 16
        GROUP BY 1, 2
    ) AS used
    WHERE word NOT IN (
        'adalah', 'adanya', 'antara', 'apakah', 'bagaimana', 'bahwa', 'banyak', 'beberapa', 'begitu', 'belum',
        'berbagai', 'boleh', 'bukan', 'dalam', 'dapat', 'dengan', 'hanya', 'harus', 'hingga', 'karena', 'kepada',
        'melalui', 'mengapa', 'menjadi', 'mereka', 'merupakan', 'masih', 'mohon', 'namun', 'perlu', 'sampai',
        'sangat', 'sebagai', 'sebuah', 'secara', 'sedang', 'segera', 'sehingga', 'sejak', 'selain', 'seluruh',
        'semua', 'seperti', 'serta', 'siapa', 'suatu', 'sudah', 'supaya', 'tanpa', 'telah', 'tentang', 'terhadap',
        'tersebut', 'tetapi', 'tidak', 'tolong', 'untuk', 'yaitu', 'yakni'
    )
    ORDER BY stem, uses DESC, word
) AS known
ORDER BY rank
LIMIT 401;

-- The first 400 as often as in a language (Zipf, Mandelbrot): the first in about a quarter of the texts.
CREATE TABLE seed.urn AS
SELECT row_number() OVER () AS slot, word
FROM seed.word, generate_series(1, (20000 / (rank + 25))::integer)
WHERE rank <= 400;

CREATE TABLE seed.sentence AS
SELECT number AS place, upper(left(words, 1)) || substr(words, 2) || '.' AS words
FROM (
    SELECT number, string_agg(word, ' ') AS words
    FROM (
        SELECT number, seed.level((SELECT count(*) FROM seed.urn)) AS slot
        FROM generate_series(1, 40000) AS number, generate_series(1, 7)
    ) AS drawn
    JOIN seed.urn USING (slot)
    GROUP BY number
) AS said;

-- Lists --------------------------------------------------------------------------------------------------------------

CREATE TABLE seed.consultation AS
SELECT consultation.id, cycle.year, opens_at, least(closes_at, now()) AS ended_at, closes_at > now() AS is_open,
    row_number() OVER (ORDER BY closes_at DESC) AS place
FROM consultations_consultation AS consultation JOIN consultations_plancycle AS cycle ON cycle.id = cycle_id;

CREATE TABLE seed.chapter AS
SELECT DISTINCT ON (chapter.consultation_id, chapter.number)
    chapter.consultation_id, chapter.number AS place, chapter.id, text.id AS text_id,
    (
        SELECT array_agg(block_id ORDER BY position) FROM consultations_blocktext
        WHERE chapter_text_id = text.id AND kind = 'paragraph' AND retired_at IS NULL
    ) AS blocks
FROM consultations_chapter AS chapter
JOIN consultations_chaptertext AS text ON text.chapter_id = chapter.id
JOIN consultations_draft AS draft ON draft.id = text.draft_id
ORDER BY chapter.consultation_id, chapter.number, draft.version DESC;

CREATE TABLE seed.regency AS
SELECT row_number() OVER (ORDER BY code) AS place, code,
    (
        SELECT array_agg(village.code) FROM consultations_region AS village
        WHERE village.code LIKE regency.code || '.%' AND village.level IN ('village', 'kelurahan')
    ) AS villages
FROM consultations_region AS regency WHERE level IN ('regency', 'city');

CREATE TABLE seed.affair_field AS
SELECT row_number() OVER (ORDER BY code) AS place, code FROM consultations_affairfield WHERE is_public;

CREATE TABLE seed.tag AS
SELECT row_number() OVER (ORDER BY facet, position, name) AS place, id FROM aspirations_tag;

CREATE TABLE seed.agency AS
SELECT row_number() OVER (ORDER BY id) AS place, id FROM accounts_agency;

CREATE TABLE seed.planner AS
SELECT row_number() OVER (ORDER BY id) AS place, id FROM accounts_user WHERE role IN ('planner', 'lead_planner');

CREATE TABLE seed.option AS
SELECT list, place, value
FROM (VALUES
    ('kind', '{comment,proposal,question}'::text[]),
    ('channel', '{web,assisted,forum,paper,batch,agency_letter}'),
    ('group', '{resident,village_gov,regency_gov,provincial_agency,central_vertical,dprd,academia,business,ngo,customary,religious,women,youth,disability,vulnerable,security}'),
    ('disposition', '{pending,accommodated,partially_accommodated,already_covered,forwarded,deferred,not_accommodated,noted}')
) AS lists (list, options), unnest(options) WITH ORDINALITY AS option (value, place);

-- What becomes of each -----------------------------------------------------------------------------------------------

CREATE UNLOGGED TABLE seed.drawn AS
SELECT number, random() AS fate, random() < 0.9 AS consents, random() AS moment, random() AS chance,
    CASE
        WHEN random() < 0.95 THEN 1
        ELSE least(1 + seed.level((SELECT count(*) - 1 FROM seed.consultation)), (SELECT count(*) FROM seed.consultation))
    END AS consultation,
    seed.steep((SELECT max(place) FROM seed.chapter)) AS chapter,
    seed.steep((SELECT count(*) FROM seed.regency)) AS regency,
    seed.steep((SELECT count(*) FROM seed.affair_field)) AS affair_field,
    seed.steep((SELECT count(*) FROM seed.tag)) AS tag,
    seed.level((SELECT count(*) FROM seed.planner)) AS planner,
    seed.steep(3) AS kind, seed.steep(6) AS channel, seed.steep(16) AS stakeholder_group, seed.steep(8) AS disposition,
    seed.level(40000) AS first_sentence, seed.level(40000) AS second_sentence, seed.level(40000) AS third_sentence,
    random() AS where_in_it
FROM generate_series(1, :size) AS number;

CREATE UNLOGGED TABLE seed.aspiration AS
SELECT drawn.number, :first + number AS id, consultation.id AS consultation_id, consultation.year,
    opens_at + (ended_at - opens_at) * moment AS submitted_at,
    CASE
        WHEN fate < 0.75 THEN 'accepted' WHEN fate < 0.83 THEN 'submitted' WHEN fate < 0.88 THEN 'in_review'
        WHEN fate < 0.91 THEN 'returned' WHEN fate < 0.95 THEN 'refused' WHEN fate < 0.98 THEN 'merged' ELSE 'withdrawn'
    END AS moderation,
    CASE WHEN fate < 0.75 THEN disposition.value ELSE 'pending' END AS disposition,
    CASE WHEN fate < 0.3 OR fate BETWEEN 0.83 AND 0.91 THEN planner.id END AS assignee_id,
    planner.id AS planner_id, consents, chance
FROM seed.drawn
JOIN seed.consultation ON consultation.place = drawn.consultation
JOIN seed.planner ON planner.place = drawn.planner
JOIN seed.option AS disposition ON disposition.list = 'disposition' AND disposition.place = drawn.disposition;

CREATE TABLE seed.public AS
SELECT consultation_id, array_agg(id) AS ids
FROM seed.aspiration WHERE moderation = 'accepted' AND consents AND number <= 20000
GROUP BY consultation_id;

-- The portal's tables ------------------------------------------------------------------------------------------------

INSERT INTO aspirations_aspiration (
    id, code, consultation_id, chapter_id, chapter_text_id, block_id, quote, kind, body, suggested_wording, rationale,
    region_id, regency_id, affair_field_id, priority_id, stakeholder_group, original_sha256, submitted_at, supplement,
    channel, agency_id, entered_by_id, moderation, moderation_reason, merged_into_id, disposition, assignee_id, consent_publish, changes_text
)
SELECT aspiration.id, seed.code(year, number), aspiration.consultation_id, chapter.id, chapter.text_id,
    CASE WHEN aspiration.chance < 0.4 THEN blocks[1 + floor(cardinality(blocks) * where_in_it)::integer] END, '', kind.value,
    one.words || ' ' || two.words || ' ' || three.words
        || CASE WHEN number % 300 = 0 THEN (SELECT ' ' || word FROM seed.word WHERE rank = 401) ELSE '' END,
    '', CASE WHEN aspiration.chance < 0.2 THEN two.words ELSE '' END,
    CASE WHEN aspiration.chance < 0.7 THEN villages[1 + floor(cardinality(villages) * where_in_it)::integer] ELSE regency.code END,
    regency.code, CASE WHEN aspiration.chance < 0.8 THEN affair_field.code END, NULL, stakeholder_group.value,
    encode(sha256(number::text::bytea), 'hex'), submitted_at, '', channel.value,
    CASE WHEN channel.value = 'agency_letter' THEN agency.id END,
    CASE WHEN channel.value = 'assisted' THEN (SELECT id FROM accounts_user WHERE role = 'field_operator' LIMIT 1) END,
    moderation, CASE WHEN moderation IN ('returned', 'refused') THEN three.words ELSE '' END,
    CASE WHEN moderation = 'merged' THEN ids[1 + floor(cardinality(ids) * where_in_it)::integer] END,
    aspiration.disposition, assignee_id, aspiration.consents,
    aspiration.disposition IN ('accommodated', 'partially_accommodated') AND aspiration.chance < 0.3
FROM seed.aspiration JOIN seed.drawn USING (number)
JOIN seed.chapter ON chapter.consultation_id = aspiration.consultation_id AND chapter.place = drawn.chapter
JOIN seed.regency ON regency.place = drawn.regency
JOIN seed.affair_field ON affair_field.place = drawn.affair_field
LEFT JOIN seed.agency ON agency.place = 1 + number % (SELECT count(*) FROM seed.agency)
JOIN seed.public ON public.consultation_id = aspiration.consultation_id
JOIN seed.option AS kind ON kind.list = 'kind' AND kind.place = drawn.kind
JOIN seed.option AS channel ON channel.list = 'channel' AND channel.place = drawn.channel
JOIN seed.option AS stakeholder_group
    ON stakeholder_group.list = 'group' AND stakeholder_group.place = drawn.stakeholder_group
JOIN seed.sentence AS one ON one.place = first_sentence
JOIN seed.sentence AS two ON two.place = second_sentence
JOIN seed.sentence AS three ON three.place = third_sentence
ORDER BY submitted_at;

INSERT INTO aspirations_author (
    aspiration_id, display_name, organisation, position, contact_email, contact_phone, show_name,
    consent_version, salt
)
SELECT id, (ARRAY['Rina', 'Siti', 'Budi', 'Yohanes', 'Agus', 'Maria', 'Hendra', 'Lestari'])[1 + number % 8] || ' '
    || (ARRAY['Runtung', 'Asang', 'Mihing', 'Sawang', 'Tuah', 'Ngabut', 'Luhing', 'Saputra', 'Lambung', 'Bahan', 'Ranying'])[1 + number % 11],
    '', '', CASE WHEN chance < 0.5 THEN 'warga.' || number || '@contoh.id' ELSE '' END, '',
    consents AND chance < 0.6, '2026-4', md5(number::text)
FROM seed.aspiration;

INSERT INTO aspirations_receipt (aspiration_id, key_digest, pin_digest)
SELECT id, encode(sha256(('key ' || number)::bytea), 'hex'), encode(sha256(('pin ' || number)::bytea), 'hex')
FROM seed.aspiration;

INSERT INTO aspirations_response (
    disposition, reason_code, reason, forwarded_to, text_before, text_after, at, aspiration_id, by_id
)
SELECT disposition, CASE WHEN disposition IN ('deferred', 'not_accommodated') THEN 'budget_limit' ELSE '' END,
    one.words || ' ' || two.words,
    CASE WHEN disposition = 'forwarded' THEN 'Musyawarah Perencanaan Pembangunan' ELSE '' END,
    CASE WHEN disposition IN ('accommodated', 'partially_accommodated') AND chance < 0.3 THEN one.words ELSE '' END,
    CASE WHEN disposition IN ('accommodated', 'partially_accommodated') AND chance < 0.3 THEN two.words ELSE '' END,
    submitted_at + interval '2 hours', id, planner_id
FROM seed.aspiration
JOIN seed.sentence AS one ON one.place = 1 + aspiration.number % 40000
JOIN seed.sentence AS two ON two.place = 1 + aspiration.number * 7 % 40000
WHERE disposition <> 'pending';

INSERT INTO aspirations_tagging (aspiration_id, tag_id, by_id, at)
SELECT aspiration.id, tag.id, planner_id, submitted_at + interval '1 hour'
FROM seed.aspiration JOIN seed.drawn USING (number) CROSS JOIN generate_series(0, 1) AS further
JOIN seed.tag ON tag.place = 1 + (drawn.tag - 1 + further) % (SELECT count(*) FROM seed.tag)
WHERE moderation IN ('accepted', 'in_review') AND aspiration.chance < CASE further WHEN 0 THEN 0.6 ELSE 0.2 END;

INSERT INTO aspirations_event (at, key, evidence, verb, words, aspiration_id, by_id, consultation_id)
SELECT submitted_at + wait, md5(number || verb), jsonb_build_object('original', encode(sha256(number::text::bytea), 'hex')),
    verb, '', id, by_id, consultation_id
FROM seed.aspiration CROSS JOIN LATERAL (VALUES
    ('submitted', interval '0', NULL, true),
    ('accepted', interval '1 hour', planner_id, moderation IN ('accepted', 'merged')),
    ('responded', interval '2 hours', planner_id, disposition <> 'pending'),
    (moderation, interval '2 hours', planner_id, moderation IN ('returned', 'refused', 'merged')),
    (moderation, interval '2 hours', NULL, moderation = 'withdrawn')
) AS step (verb, wait, by_id, was_taken)
WHERE was_taken
ORDER BY submitted_at + wait;

SELECT setval('aspirations_aspiration_id_seq', (SELECT max(id) FROM aspirations_aspiration));
